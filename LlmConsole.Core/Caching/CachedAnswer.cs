using System.Text;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>A finished answer as it is kept: one completion, from which a stream can be made again.</summary>
internal sealed record CachedAnswer
{
    internal const int LongestPrompt = 300;

    private string? _prompt;

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
    public string Prompt
    {
        get => _prompt ??= Encoding.UTF8.GetString(PromptBytes.Span);
        init => _prompt = value;
    }

    /// <summary>The prompt as it is kept: hardly anybody who finds an answer reads it.</summary>
    internal ReadOnlyMemory<byte> PromptBytes { get; init; }

    /// <summary>The completion as JSON in UTF-8.</summary>
    public required ReadOnlyMemory<byte> Completion { get; init; }

    /// <summary>What is kept of a message to recognise it by.</summary>
    public static string Beginning(string text) => text.Length <= LongestPrompt ? text : text[..LongestPrompt];
}
