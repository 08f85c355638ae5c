using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>What a failure says about the target, and about asking it again.</summary>
internal enum FailureKind
{
    /// <summary>It may be over in a moment: a reset, a 5xx, an answer that can't be read.</summary>
    Passing,

    /// <summary>It said nothing until its deadline: asking again would only double the wait.</summary>
    Silence,

    /// <summary>It is asked too much.</summary>
    Throttling,

    /// <summary>It will say the same next time: a wrong key, an unknown model.</summary>
    Lasting,

    /// <summary>The request itself is at fault: another target would say the same.</summary>
    Request,
}

/// <summary>Why a provider gave no answer, in words for the caller, who may be an administrator: never the provider's credential, account or raw body.</summary>
internal sealed record AttemptFailure(FailureKind Kind, ErrorCode Error, string Message, TimeSpan? RetryAfter = null)
{
    private const string Persists = "if it persists, an administrator can test the provider in the console.";

    /// <summary>The provider's status; none when it gave none.</summary>
    public int? Status { get; init; }

    public RefusalException ToRefusal() => new(Error, Message) { RetryAfter = RetryAfter };

    public static AttemptFailure Unreachable(Provider provider) => new(FailureKind.Passing, ErrorCode.UpstreamError, $"The provider {provider.Name} can't be reached. Try again; {Persists}");

    public static AttemptFailure Malformed(Provider provider) => new(FailureKind.Passing, ErrorCode.UpstreamError, $"The provider {provider.Name} sent an answer that can't be read. Try again; {Persists}");

    public static AttemptFailure Silent(Provider provider, TimeSpan deadline) =>
        new(FailureKind.Silence, ErrorCode.Timeout, FormattableString.Invariant($"The provider {provider.Name} did not answer within {deadline.TotalSeconds:0.#} s. Try again, or allow more time."));

    public static AttemptFailure Locked(Provider provider) =>
        new(FailureKind.Lasting, ErrorCode.UpstreamError, $"The credential of the provider {provider.Name} can't be read. An administrator has to enter it anew.");

    /// <summary>No target may be asked at the moment.</summary>
    public static AttemptFailure Unavailable(Model model, TimeSpan? pause) => pause is null
        ? new(FailureKind.Lasting, ErrorCode.Overloaded, $"The model {model.Name} is out of service. Use another model, or try again later.", TimeSpan.FromMinutes(1))
        : new(FailureKind.Throttling, ErrorCode.Overloaded, $"The model {model.Name} is not available: whoever serves it failed or throttled, and is left alone for a moment. Try again later.", pause);

    /// <summary>From a status other than 2xx, or one that an error event names, and what stands in the body.</summary>
    public static AttemptFailure From(Provider provider, int status, TimeSpan? retryAfter, ProviderError error) => status switch
    {
        400 or 413 or 422 when error.Code == "context_length_exceeded" => new(FailureKind.Request, ErrorCode.ContextLengthExceeded, Said(provider, error)),
        400 when error.Code == "content_filter" => new(FailureKind.Request, ErrorCode.ContentFilter, Said(provider, error)),
        400 or 413 or 422 => new(FailureKind.Request, ErrorCode.InvalidValue, Said(provider, error)),
        401 or 402 or 403 or 404 => new(FailureKind.Lasting, ErrorCode.UpstreamError, $"The provider {provider.Name} refused the gateway ({status}). This is a matter of configuration: an administrator has to look at the provider's key and address, and at the model's name there."),
        429 => new(FailureKind.Throttling, ErrorCode.Overloaded, $"The provider {provider.Name} is throttling. Try again later.", retryAfter),
        503 or 529 => new(FailureKind.Passing, ErrorCode.Overloaded, $"The provider {provider.Name} is overloaded. Try again later.", retryAfter),
        _ => new(FailureKind.Passing, ErrorCode.UpstreamError, $"The provider {provider.Name} failed ({status}). Try again; {Persists}"),
    };

    private static string Said(Provider provider, ProviderError error) =>
        error.Message is { Length: > 0 } message ? $"The provider {provider.Name} refused the request: {message}" : $"The provider {provider.Name} refused the request as invalid.";
}
