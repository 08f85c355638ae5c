using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>A finished answer as it is kept: one completion, from which a stream can be made again.</summary>
internal sealed record CachedAnswer
{
    internal const int LongestPrompt = 300;

    // This object and the array of the completion; and of a text what isn't its characters.
    private const int Itself = 160 + 24;
    private const int Text = 24;

    /// <summary>The call that it answered first.</summary>
    public required string RequestId { get; init; }
    public required string TenantId { get; init; }

    /// <summary>The public model name.</summary>
    public required string Model { get; init; }

    /// <summary>The name that the provider knows the model by.</summary>
    public string? ProviderModel { get; init; }
    public string? FinishReason { get; init; }

    /// <summary>What it took to make.</summary>
    public required TokenUsage Usage { get; init; }
    public required DateTimeOffset StoredAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The beginning of the last user message, to recognise the entry by.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>The completion as JSON in UTF-8.</summary>
    public required ReadOnlyMemory<byte> Completion { get; init; }

    /// <summary>What it takes in memory, about. Texts that all answers share, such as the tenant's id, aren't counted; names of models are, as a pattern takes them from each call.</summary>
    public int Size => Itself + Completion.Length + SizeOf(RequestId) + SizeOf(Prompt) + SizeOf(Model) + (ReferenceEquals(ProviderModel, Model) ? 0 : SizeOf(ProviderModel));

    /// <summary>What is kept of a message to recognise it by.</summary>
    public static string Beginning(string text) => text.Length <= LongestPrompt ? text : text[..LongestPrompt];

    private static int SizeOf(string? text) => string.IsNullOrEmpty(text) ? 0 : Text + (text.Length * sizeof(char));
}
