using System.Buffers.Binary;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>An answer that can be given again: its head, its frames, and how it broke off if it did.</summary>
/// <param name="Head">Without the limits: where the caller stood then says nothing later, so each repetition is given its own.</param>
/// <param name="Frames">The chunks or the completion, each after its length in four bytes, lowest first.</param>
/// <param name="Failure">Why it broke off, or none.</param>
internal sealed record RecordedAnswer(AnswerHead Head, ReadOnlyMemory<byte> Frames, RefusalException? Failure)
{
    private const byte Format = 1;
    private const int FlushEvery = 32 * 1024;

    /// <summary>Gives it again, frame by frame, in the framing of the sink.</summary>
    public async Task ReplayAsync(string originalRequestId, LimitReport limits, IAnswerSink sink, CancellationToken cancellation)
    {
        sink.Begin(Head with { ReplayOf = originalRequestId, Limits = limits });
        var unsent = 0;
        for (var rest = Frames; rest.Length > 0;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
            sink.Write(rest.Span.Slice(sizeof(int), length));
            rest = rest[(sizeof(int) + length)..];
            if (!Head.Stream || (unsent += length) < FlushEvery) continue;
            if (!await sink.FlushAsync(cancellation)) return;
            unsent = 0;
        }

        if (Failure is null) sink.End();
        else sink.Fail(Failure);
        await sink.FlushAsync(cancellation);
    }

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream(Frames.Length + 256);
        using var writer = new BinaryWriter(bytes);
        writer.Write(Format);
        writer.Write(Head.ModelServed);
        writer.Write(Head.ProviderName ?? "");
        writer.Write(Head.Cache.ToString());
        writer.Write(Head.Attempts);
        writer.Write(Head.Stream);
        writer.Write(Head.Cost is not null);
        writer.Write(Head.Cost?.Nanos ?? 0);
        writer.Write(Failure?.Error.Code ?? "");
        writer.Write(Failure?.Message ?? "");
        writer.Write(Frames.Span);
        return bytes.ToArray();
    }

    public static RecordedAnswer Parse(byte[] kept)
    {
        using var bytes = new MemoryStream(kept);
        using var reader = new BinaryReader(bytes);
        if (reader.ReadByte() != Format) throw new InvalidDataException("An answer was kept in a form that this version doesn't know.");
        var (model, provider, cache) = (reader.ReadString(), reader.ReadString(), Enum.Parse<CacheVerdict>(reader.ReadString()));
        var (attempts, isStream, hasCost, nanos) = (reader.ReadInt32(), reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadInt64());
        var (code, message) = (reader.ReadString(), reader.ReadString());
        var head = new AnswerHead(model, provider.Length > 0 ? provider : null, cache, attempts, isStream, hasCost ? new Usd(nanos) : null, LimitReport.Unlimited);
        return new RecordedAnswer(head, kept.AsMemory((int)bytes.Position), code.Length > 0 ? new RefusalException(ErrorCode.All.Single(error => error.Code == code), message) : null);
    }
}
