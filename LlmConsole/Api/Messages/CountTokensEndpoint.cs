using System.Text.Json.Serialization;
using LlmConsole.Api.Errors;
using LlmConsole.Authentication;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Wire;
using LlmConsole.Hosting;

namespace LlmConsole.Api.Messages;

/// <summary>How many tokens a prompt has, in Anthropic's words.</summary>
internal static class CountTokensEndpoint
{
    private const string Path = MessagesErrors.Path + "/count_tokens";

    public static void MapCountTokens(this IEndpointRouteBuilder app) => app.MapPost(Path, CountAsync).AsCallersApi("countTokens");

    private static async Task<TokenCount> CountAsync(HttpContext context, CallerResolver callers, PromptCounter counter, Settings settings, TimeProvider time)
    {
        var (startedAt, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        var wishes = CallHeaders.Read(context.Request.Headers);
        using var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted);
        var count = await counter.CountAsync(new ChatCall
        {
            RequestId = context.RequestId(), Caller = caller, Route = Path, Body = body.Bytes, StartedAt = startedAt, StartedTimestamp = timestamp,
            MaxMessages = settings.MaxMessages, Surface = Surface.Messages, MessagesHeaders = MessagesEndpoints.Headers(context.Request.Headers), Timeout = wishes.Timeout,
        }, context.RequestAborted);
        context.Response.Headers["x-llmconsole-count"] = count.IsEstimate ? "estimate" : "provider";
        return new TokenCount(count.Tokens);
    }
}

/// <summary>The tokens of a prompt.</summary>
internal sealed record TokenCount([property: JsonPropertyName("input_tokens")] long InputTokens);
