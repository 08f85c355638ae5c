using LlmConsole.Core.Wire.Messages;

namespace LlmConsole.Core.Wire;

/// <summary>
/// A chat completions request (or one for embeddings): its original JSON, and the facts that the gateway reads from it in one pass. The body is never rebuilt;
/// what goes upstream is the same bytes with a few spans replaced, so whatever a client sends survives.
/// </summary>
public sealed record ChatRequest
{
    /// <summary>The JSON as sent.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The public model name.</summary>
    public required string Model { get; init; }
    public required bool Stream { get; init; }

    /// <summary>The client asked for a usage chunk at the end of the stream.</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary><c>max_completion_tokens</c>, else <c>max_tokens</c>.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary><c>n</c>: how many answers are asked for.</summary>
    public int Choices { get; init; } = 1;
    public double? Temperature { get; init; }
    public int MessageCount { get; init; }

    /// <summary>Bytes of JSON that become prompt: messages, tools, the format of the response and fields unknown here, without the data of images, sound and files.</summary>
    public int TextBytes { get; init; }

    /// <summary>Images in the messages.</summary>
    public int ImageParts { get; init; }

    /// <summary>Bytes of base64 of sound and files in the messages.</summary>
    public int MediaBytes { get; init; }
    public bool HasTools { get; init; }

    /// <summary>It names what a provider may read beside it: tools, images, sound, files, or something unknown here, such as searches and documents of the provider's own.</summary>
    public bool NamesMore { get; init; }

    /// <summary>More tokens than the prompt can have, without counting them; see <see cref="PromptBound"/>.</summary>
    public long PromptUpperBound => PromptBound.Of(this);

    /// <summary><c>metadata.task</c>: a label for cost per task.</summary>
    public string? Task { get; init; }

    /// <summary>The client's <c>user</c> field.</summary>
    public string? User { get; init; }

    /// <summary>In which API's words it came.</summary>
    public Surface Surface { get; init; }

    /// <summary>
    /// The request as it came, when it came in Anthropic's shape; <see cref="Body"/> is then its translation, which leaves out what has no words in
    /// OpenAI's API. Two requests are the same only when these bytes are, too.
    /// </summary>
    public NativeMessages? Native { get; init; }

    internal RequestSpans Spans { get; init; }

    /// <summary>Reads and checks a body.</summary>
    /// <exception cref="RefusalException">It is not a valid chat completions request; the refusal names the field.</exception>
    public static ChatRequest Parse(ReadOnlyMemory<byte> body, int maxMessages = int.MaxValue) => new RequestScanner(body, maxMessages).Scan();

    /// <summary>Reads and checks a body that came in the words of one of the APIs.</summary>
    /// <exception cref="RefusalException">It is not a valid request; the refusal names the field.</exception>
    public static ChatRequest Parse(ReadOnlyMemory<byte> body, Surface surface, MessagesHeaders headers = default, int maxMessages = int.MaxValue) => surface switch
    {
        Surface.Embeddings => EmbeddingsRequest.Read(body),
        Surface.Messages => MessagesRequest.Read(body, headers, maxMessages),
        _ => Parse(body, maxMessages),
    };

    /// <summary>Reads and checks a body in Anthropic's shape whose prompt shall only be counted: it needs no <c>max_tokens</c>.</summary>
    /// <exception cref="RefusalException">It is not a valid request; the refusal names the field.</exception>
    public static ChatRequest ParseToCount(ReadOnlyMemory<byte> body, MessagesHeaders headers, int maxMessages) => MessagesRequest.Read(body, headers, maxMessages, isCount: true);
}

/// <summary>Where in the body the few fields stand that the gateway owns.</summary>
internal readonly record struct RequestSpans
{
    /// <summary>The value of <c>model</c>, quotes included.</summary>
    public Range Model { get; init; }

    /// <summary>The value of <c>stream_options</c>; empty when absent.</summary>
    public Range StreamOptions { get; init; }

    /// <summary>The value of <c>stream_options.include_usage</c>; empty when absent.</summary>
    public Range IncludeUsage { get; init; }

    /// <summary>The value of <c>max_completion_tokens</c>, which may be null; empty when absent.</summary>
    public Range MaxCompletionTokens { get; init; }

    /// <summary>The value of <c>max_tokens</c>, which may be null; empty when absent.</summary>
    public Range MaxTokens { get; init; }

    /// <summary>The value of <c>messages</c>; empty in a request for embeddings.</summary>
    public Range Messages { get; init; }

    /// <summary>Where the last of the messages begins.</summary>
    public int LastMessage { get; init; }

    /// <summary>The value of <c>input</c> in a request for embeddings; else empty.</summary>
    public Range Input { get; init; }

    /// <summary>The value of <c>tools</c>; empty when absent.</summary>
    public Range Tools { get; init; }

    /// <summary>Right after the opening brace: where a field can be inserted.</summary>
    public int Insert { get; init; }
}
