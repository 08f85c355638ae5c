using LlmConsole.Api.Errors;
using LlmConsole.Api.Messages;
using LlmConsole.Authentication;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Wire;
using LlmConsole.Hosting;

namespace LlmConsole.Api;

/// <summary>The chat API: OpenAI's chat completions and embeddings, and the simple form.</summary>
internal static class ChatEndpoints
{
    public static void MapChatApi(this IEndpointRouteBuilder app)
    {
        var api = app.ChatApi();
        app.MapPost("/v1/chat/completions", (HttpContext context) => api.Value.AnswerAsync(context, new HttpAnswerSink(context), Surface.ChatCompletions)).AsCallersApi("createChatCompletion").CallsModels();
        app.MapPost("/v1/embeddings", (HttpContext context) => api.Value.AnswerAsync(context, new HttpAnswerSink(context), Surface.Embeddings)).AsCallersApi("createEmbeddings").CallsModels();

        // The chat page, at the same path, takes forms; an order before it lets this method win.
        app.MapPost("/chat", (HttpContext context) => api.Value.AnswerAsync(context, new SimpleChatSink(context), Surface.ChatCompletions, SimpleChatRequest.ToCompletion)).AsCallersApi("chat").CallsModels().WithOrder(-1);
    }

    /// <summary>Found once: a service among a handler's parameters costs each call a scope of its own.</summary>
    public static Lazy<ChatApi> ChatApi(this IEndpointRouteBuilder app) => new(app.ServiceProvider.GetRequiredService<ChatApi>);

    /// <summary>Marks what callers with an API key or JWT may use; <see cref="CallerResolver"/> lets them in, not ASP.NET's authorization.</summary>
    public static RouteHandlerBuilder AsCallersApi(this RouteHandlerBuilder endpoint, string name) => endpoint.WithName(name).WithMetadata(new CallersApi()).AllowAnonymous();

    /// <summary>Marks what asks a model: all of it takes the road of <see cref="ChatGateway"/>, where calls are admitted and metered.</summary>
    public static RouteHandlerBuilder CallsModels(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new ModelCall(), new OpenToClientTokens());
}

/// <summary>Metadata of endpoints that ask a model.</summary>
internal sealed class ModelCall;

/// <summary>Metadata of endpoints that resolve their caller by API key or JWT.</summary>
internal sealed class CallersApi;

/// <summary>From an HTTP request to a call on the road.</summary>
internal sealed class ChatApi(CallerResolver callers, IdempotentGateway gateway, Shutdown shutdown, Settings settings, TimeProvider time)
{
    /// <summary>Answers into the sink; a refusal flies before anything was sent.</summary>
    public async ValueTask AnswerAsync(HttpContext context, IAnswerSink sink, Surface surface, Func<ReadOnlyMemory<byte>, Caller, ReadOnlyMemory<byte>>? toCompletion = null)
    {
        var (startedAt, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        var wishes = CallHeaders.Read(context.Request.Headers);
        using var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
        var call = new ChatCall
        {
            RequestId = context.RequestId(), Caller = caller, Route = Route(context), Body = toCompletion?.Invoke(body.Bytes, caller) ?? body.Bytes, StartedAt = startedAt, StartedTimestamp = timestamp,
            MaxMessages = settings.MaxMessages, Surface = surface, MessagesHeaders = surface == Surface.Messages ? MessagesEndpoints.Headers(context.Request.Headers) : default,
            Task = wishes.Task, Timeout = wishes.Timeout, Cache = wishes.Cache, CacheTtl = wishes.CacheTtl, Stop = shutdown.Deadline,
        };
        var request = wishes.IdempotencyKey is { } key ? IdempotentRequest.Of(caller.Tenant.Id, key, Route(context), body.Bytes.Span) : null;
        try
        {
            await gateway.AnswerAsync(call, request, sink, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
        {
            // The client left, or doesn't read; the books say so, and nobody is there to be told. What waits for it must not wait on.
            context.Abort();
        }
    }

    /// <summary>As mapped, so that however a client writes the path it is the same request.</summary>
    private static string Route(HttpContext context) => ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.RawText!;
}
