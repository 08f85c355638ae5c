using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Passes an answer on: the bytes as they came, tapped for the facts that the books need.</summary>
internal sealed class AnswerRelay(ChatRequest request, RoutedAnswer answer, CallBooks books, IAnswerSink sink, EventPump pump)
{
    private bool _usageSent;
    private int _malformed;

    /// <summary>Where the text is kept that the reader gets, if it is to be kept.</summary>
    public DeliveredText? Delivered { get; init; }

    /// <summary>Streams until the provider's end. The last word, <c>[DONE]</c>, is left to the caller of this method.</summary>
    /// <returns>None when the answer is complete; else why it broke off.</returns>
    public async Task<StreamBreak?> RunAsync()
    {
        var broken = await pump.RunAsync(answer, Pass, () => books.IsFinished);
        if (broken is null && request.IncludeUsage && !_usageSent) sink.Write(UsageChunk.Of(answer.ProviderModel, books));
        return broken;
    }

    private PumpStep Pass(ReadOnlyMemory<byte> data)
    {
        var chunk = data.Span;
        var tap = books.Saw(chunk);
        if (tap.HasError) return PumpStep.Broken;
        if (!tap.IsValid) return ++_malformed > SseEvent.ToleratedMalformed ? PumpStep.Broken : PumpStep.Go;
        if (!tap.HasUsage) sink.Write(chunk);
        else if (request.IncludeUsage) WithCost(chunk);
        else if (tap.ChoiceCount > 0) WithoutUsage(chunk, tap.UsageSpan);
        Delivered?.Add(chunk, tap);
        return books.MustBeCut ? Cut(chunk) : PumpStep.Go;
    }

    /// <summary>The provider ignores its cap: it is left, and the answer ends as one does that has reached its length.</summary>
    private PumpStep Cut(ReadOnlySpan<byte> chunk)
    {
        sink.Write(LengthEnding.After(chunk, books.OpenChoices));
        books.Cut();
        return PumpStep.Stop;
    }

    private void WithCost(ReadOnlySpan<byte> chunk)
    {
        _usageSent = true;
        sink.Write(UsageChunk.WithCost(chunk, books.Cost()));
    }

    /// <summary>A client that didn't ask for usage gets <c>null</c> in its place, as OpenAI sends it.</summary>
    private void WithoutUsage(ReadOnlySpan<byte> chunk, Range usage) => sink.Write([.. chunk[..usage.Start], .. "null"u8, .. chunk[usage.End..]]);
}
