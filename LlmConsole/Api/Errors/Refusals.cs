using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Errors;

/// <summary>What each failure means to a caller: an exception, or a status that was set without a body.</summary>
internal static class Refusals
{
    /// <summary>How System.Text.Json marks what it throws when a string can't be read as text.</summary>
    private const string TextOfJson = "System.Text.Json.Rethrowable";

    /// <summary>The refusal that an exception stands for. What isn't expected is an internal error with a message that tells nothing.</summary>
    public static RefusalException Of(Exception exception) => exception switch
    {
        RefusalException refusal => refusal,
        ConfigurationInvalidException invalid => Of(invalid),
        BadHttpRequestException bad => OfStatus(bad.StatusCode) ?? new(ErrorCode.InvalidJson, "The request could not be read: it broke off or is not valid HTTP. Send it again."),
        InvalidOperationException { Source: TextOfJson } => new(ErrorCode.InvalidJson, "The body holds half of a surrogate pair, such as \\ud800 alone, which is no text. Send whole characters."),
        _ when DatabaseFault.IsAway(exception) => new(ErrorCode.Overloaded, "The gateway's database can't be reached or can't write at the moment. Try again in a few seconds.") { RetryAfter = TimeSpan.FromSeconds(5) },
        _ => Internal(),
    };

    /// <summary>The refusal for a bare status, or none when that status isn't a refusal of its own.</summary>
    public static RefusalException? OfStatus(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => new(ErrorCode.InvalidApiKey, "No valid API key was sent. Send one as Authorization: Bearer, or as x-api-key."),
        StatusCodes.Status403Forbidden => new(ErrorCode.PermissionDenied, "This key or user may not do that. Use one with the right role."),
        StatusCodes.Status404NotFound => new(ErrorCode.NotFound, "There is nothing at this path. Check its spelling; /docs lists what there is."),
        StatusCodes.Status405MethodNotAllowed => new(ErrorCode.MethodNotAllowed, "This path doesn't take that method. The Allow header names those it takes."),
        StatusCodes.Status413PayloadTooLarge => new(ErrorCode.BodyTooLarge, "The body is larger than the server accepts. Send a smaller one."),
        StatusCodes.Status415UnsupportedMediaType => new(ErrorCode.UnsupportedMediaType, "The body must be JSON. Send it with Content-Type: application/json."),
        StatusCodes.Status431RequestHeaderFieldsTooLarge => new(ErrorCode.HeadersTooLarge, "The request's headers are too large. Send fewer or shorter ones."),
        StatusCodes.Status429TooManyRequests => new(ErrorCode.RateLimitExceeded, "Too many requests were sent. Wait and try again.") { RetryAfter = TimeSpan.FromSeconds(1) },
        StatusCodes.Status408RequestTimeout => new(ErrorCode.RequestTimeout, "The request arrived too slowly. Send it again."),
        StatusCodes.Status500InternalServerError => Internal(),
        _ => null,
    };

    private static RefusalException Internal() =>
        new(ErrorCode.InternalError, "Something went wrong inside the gateway. Try again; if it stays, give the request id to the administrator.");

    // A problem that names no field is about how the object stands to others: it is in use, or was changed meanwhile.
    private static RefusalException Of(ConfigurationInvalidException invalid)
    {
        var first = invalid.Problems[0];
        var isConflict = invalid.Problems.All(problem => problem.Field.Length == 0);
        return new RefusalException(isConflict ? ErrorCode.Conflict : ErrorCode.InvalidValue, first.Message, first.Field.Length == 0 ? null : first.Field)
        {
            Details = [.. invalid.Problems.Select(problem => (problem.Field, problem.Message))],
        };
    }
}
