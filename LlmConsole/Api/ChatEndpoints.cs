using LlmConsole.Api.Errors;
using LlmConsole.Authentication;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Idempotency;

namespace LlmConsole.Api;

/// <summary>The chat API: OpenAI's chat completions, and the simple form.</summary>
internal static class ChatEndpoints
{
    public static void MapChatApi(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/chat/completions", CompleteAsync).AsCallersApi("createChatCompletion");
        app.MapPost("/chat", SimpleAsync).AsCallersApi("chat").WithOrder(-1);
    }

    private static Task CompleteAsync(HttpContext context, ChatApi api) => api.AnswerAsync(context, new HttpAnswerSink(context), static body => body);

    // The chat page, at the same path, takes forms; an order before it lets this method win.
    private static Task SimpleAsync(HttpContext context, ChatApi api) => api.AnswerAsync(context, new SimpleChatSink(context), SimpleChatRequest.ToCompletion);

    /// <summary>Marks what callers with an API key or JWT may use; <see cref="CallerResolver"/> lets them in, not ASP.NET's authorization.</summary>
    public static RouteHandlerBuilder AsCallersApi(this RouteHandlerBuilder endpoint, string name) => endpoint.WithName(name).WithMetadata(new CallersApi()).AllowAnonymous();
}

/// <summary>Metadata of endpoints that resolve their caller by API key or JWT.</summary>
internal sealed class CallersApi;

/// <summary>From an HTTP request to a call on the road.</summary>
internal sealed class ChatApi(CallerResolver callers, IdempotentGateway gateway, TimeProvider time)
{
    /// <summary>Answers into the sink; a refusal flies before anything was sent.</summary>
    public async Task AnswerAsync(HttpContext context, IAnswerSink sink, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> toCompletion)
    {
        var (startedAt, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        var wishes = CallHeaders.Read(context.Request.Headers);
        using var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
        var call = new ChatCall
        {
            RequestId = context.RequestId(), Caller = caller, Body = toCompletion(body.Bytes), StartedAt = startedAt, StartedTimestamp = timestamp,
            Task = wishes.Task, Timeout = wishes.Timeout,
        };
        var request = wishes.IdempotencyKey is { } key ? IdempotentRequest.Of(caller.Tenant.Id, key, Route(context), body.Bytes.Span) : null;
        try
        {
            await gateway.AnswerAsync(call, request, sink, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left; the books say so, and nobody is there to be told.
        }
    }

    /// <summary>As mapped, so that however a client writes the path it is the same request.</summary>
    private static string Route(HttpContext context) => ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.RawText!;
}
