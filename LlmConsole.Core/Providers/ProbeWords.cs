using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Providers;

/// <summary>What administrators are told when a provider is tested: its name, what it did, and the next step.</summary>
internal static class ProbeWords
{
    /// <param name="notFound">What a 404 means, and the next step.</param>
    public static string Refused(Provider provider, int status, string notFound) => status switch
    {
        401 or 403 => $"{provider.Name} answered {status}: it doesn't accept the API key. Enter a valid key.",
        402 => $"{provider.Name} answered 402: its account has nothing left to pay with. Top it up.",
        404 => $"{provider.Name} answered 404: {notFound}",
        429 => $"{provider.Name} answered 429: it is throttling this account. The key is known; try again later.",
        >= 300 and < 400 => $"{provider.Name} answered {status}, a redirect, which is not followed. Enter the final base URL.",
        >= 500 => $"{provider.Name} answered {status}: it has a problem of its own. Try again later.",
        _ => $"{provider.Name} answered {status}. Check the base URL and the API key.",
    };

    public static string Silent(Provider provider, TimeSpan patience) =>
        FormattableString.Invariant($"{provider.Name} did not answer within {patience.TotalSeconds:0.#} seconds. Check the base URL and that the server is up.");

    /// <param name="reason">In a few words.</param>
    public static string Unreachable(Provider provider, string reason) => $"{provider.Name} can't be reached ({reason}). Check the base URL and that the server is up.";
}
