using LlmConsole.Api.Errors;
using LlmConsole.Core.Wire;
using LlmConsole.Core.Wire.Messages;

namespace LlmConsole.Api.Messages;

/// <summary>Anthropic's Messages API, for every model.</summary>
internal static class MessagesEndpoints
{
    public static void MapMessagesApi(this IEndpointRouteBuilder app)
    {
        var api = app.ChatApi();
        app.MapPost(MessagesErrors.Path, (HttpContext context) => api.Value.AnswerAsync(context, new MessagesSink(context), Surface.Messages)).AsCallersApi("createMessage").CallsModels();
    }

    /// <summary>The headers by which clients of Anthropic's API choose its version and its new features.</summary>
    /// <exception cref="RefusalException">A value is none that Anthropic would send.</exception>
    public static MessagesHeaders Headers(IHeaderDictionary headers) => new(Value(headers, "anthropic-version", 32), Value(headers, "anthropic-beta", 1_024));

    private static string? Value(IHeaderDictionary headers, string name, int most)
    {
        var value = headers[name].ToString();
        if (value.Length == 0) return null;
        return value.Length <= most && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or ',' or ' ' or '_')
            ? value
            : throw new RefusalException(ErrorCode.InvalidValue, $"{name} has at most {most} characters: letters, digits, dashes and commas.", name);
    }
}
