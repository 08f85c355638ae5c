using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Providers;

/// <summary>Asks a provider whether it can be reached and accepts the credential, without a paid call.</summary>
public sealed class ProviderProbe
{
#pragma warning disable
    /// <summary>Lists the provider's models. <paramref name="apiKey"/> is the plain key of a form not saved yet; without it, the stored one is used.</summary>
    public Task<ProbeResult> TestAsync(Provider provider, string? apiKey, CancellationToken cancellation) => throw new InvalidOperationException();
}

/// <summary>What the provider said.</summary>
/// <param name="Status">Its HTTP status; none when it couldn't be reached.</param>
/// <param name="Message">For people: names the provider, the status and the next step.</param>
/// <param name="Models">The model names that it listed.</param>
public sealed record ProbeResult(bool Ok, int? Status, string Message, IReadOnlyList<string> Models);
