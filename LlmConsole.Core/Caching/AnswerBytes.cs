using System.Buffers.Binary;
using System.Text;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>
/// An answer as bytes: the lengths of its texts, its numbers, the texts in UTF-8, and the completion at the end. For stores, of whose bytes nobody else wrote any.
/// </summary>
internal static class AnswerBytes
{
    private const int TextCount = 6;
    private const int NumberCount = 7;
    private const int Numbers = TextCount * sizeof(int);

    /// <summary>The text that each answer has for itself.</summary>
    private const int RequestId = 0;

    // In the place of a length: the name that the provider knows the model by is its public one.
    private const int Same = -1;

    /// <summary>Where the texts begin; from these bytes <see cref="HeadLength"/> is known.</summary>
    public const int Texts = Numbers + (NumberCount * sizeof(long));

    public static void Write(CachedAnswer answer, PooledBytes to)
    {
        var at = to.Length;
        to.Room(Texts);
        to.Advance(Texts);
        ReadOnlySpan<int> lengths =
        [
            Add(answer.RequestId, to), Add(answer.TenantId, to), Add(answer.Model, to),
            answer.ProviderModel == answer.Model ? Same : Add(answer.ProviderModel, to), Add(answer.FinishReason, to), Add(answer.Prompt, to),
        ];
        ReadOnlySpan<long> numbers =
        [
            answer.StoredAt.UtcTicks, answer.ExpiresAt.UtcTicks, answer.Usage.Input, answer.Usage.CachedInput, answer.Usage.Output, answer.Usage.Reasoning, answer.Usage.CacheWrite,
        ];
        var head = to.Span[at..];
        for (var i = 0; i < TextCount; i++) BinaryPrimitives.WriteInt32LittleEndian(head[(i * sizeof(int))..], lengths[i]);
        for (var i = 0; i < NumberCount; i++) BinaryPrimitives.WriteInt64LittleEndian(head[(Numbers + (i * sizeof(long)))..], numbers[i]);
        to.Add(answer.Completion.Span);
    }

    /// <summary>How many bytes come before the completion.</summary>
    public static int HeadLength(ReadOnlySpan<byte> bytes)
    {
        var length = Texts;
        for (var i = 0; i < TextCount; i++) length += Math.Max(0, Length(bytes, i));
        return length;
    }

    /// <summary>Whether a head, or as much of it as is needed to tell, is that of the answer that a call was given first.</summary>
    /// <param name="requestId">In UTF-8.</param>
    public static bool IsOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> requestId) => Length(head, 0) == requestId.Length && head[Texts..].StartsWith(requestId);

    /// <summary>The answer, whose completion and prompt stay where they are. Of a head alone, one without a completion.</summary>
    public static CachedAnswer Read(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        var at = Texts;
        var (requestId, tenantId, model) = (Text(span, 0, ref at), Text(span, 1, ref at), Text(span, 2, ref at));
        var providerModel = Length(span, 3) == Same ? model : NullIfEmpty(Text(span, 3, ref at));
        var finishReason = NullIfEmpty(Text(span, 4, ref at));
        var promptLength = Length(span, 5);
        return new CachedAnswer
        {
            RequestId = requestId, TenantId = tenantId, Model = model, ProviderModel = providerModel, FinishReason = finishReason,
            StoredAt = new DateTimeOffset(Number(span, 0), TimeSpan.Zero), ExpiresAt = new DateTimeOffset(Number(span, 1), TimeSpan.Zero),
            Usage = new TokenUsage(Number(span, 2), Number(span, 3), Number(span, 4), Number(span, 5), Number(span, 6)),
            PromptBytes = bytes.Slice(at, promptLength), Completion = bytes[(at + promptLength)..],
        };
    }

    private static int Add(string? text, PooledBytes to)
    {
        if (string.IsNullOrEmpty(text)) return 0;
        var length = Encoding.UTF8.GetBytes(text, to.Room(Encoding.UTF8.GetMaxByteCount(text.Length)));
        to.Advance(length);
        return length;
    }

    private static int Length(ReadOnlySpan<byte> bytes, int text) => BinaryPrimitives.ReadInt32LittleEndian(bytes[(text * sizeof(int))..]);

    private static long Number(ReadOnlySpan<byte> bytes, int number) => BinaryPrimitives.ReadInt64LittleEndian(bytes[(Numbers + (number * sizeof(long)))..]);

    private static string Text(ReadOnlySpan<byte> bytes, int text, ref int at)
    {
        var span = bytes.Slice(at, Length(bytes, text));
        at += span.Length;
        return text != RequestId && KnownText.Of(span) is { } known ? known : Encoding.UTF8.GetString(span);
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
