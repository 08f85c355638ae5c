namespace LlmConsole.Core.Wire;

/// <summary>
/// An upper bound of a prompt's tokens that costs nothing. A token stands for at least one byte of text in the tokenizers that models use, an escape
/// in JSON is never shorter than what it stands for, and the JSON around a message (at least 13 bytes) outweighs what a chat template puts there.
/// </summary>
internal static class PromptBound
{
    /// <summary>What an image costs at most: the largest detail of the models of today, of which most ask for 300 to 1,600. The exception is gpt-4o-mini (up to 48,169), whose prices make up for it.</summary>
    public const long ImageTokens = 5_000;

    /// <summary>A minute of speech has at most 2,000 tokens and at least 45,000 bytes; the page of a document at most 3,000 and seldom less than 24,000.</summary>
    public const long MediaBytesPerToken = 8;

    /// <summary>Some providers tell the model in the prompt how tools are called.</summary>
    private const long ToolInstructions = 600;

    public static long Of(ChatRequest request) =>
        request.TextBytes + (request.ImageParts * ImageTokens) + Media(request.MediaBytes) + (request.HasTools ? ToolInstructions : 0);

    public static long Media(long bytes) => (bytes + MediaBytesPerToken - 1) / MediaBytesPerToken;
}
