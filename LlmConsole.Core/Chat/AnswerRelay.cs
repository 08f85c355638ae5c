using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Passes an answer on: the bytes as they came, tapped for the facts that the books need.</summary>
internal sealed class AnswerRelay(ChatRequest request, RoutedAnswer answer, CallBooks books, IAnswerSink sink, TimeProvider time)
{
    private static readonly byte[] Done = "[DONE]"u8.ToArray();

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private bool _usageSent;
    private bool _isCut;

    /// <summary>Streams until the provider's end. The last word, <c>[DONE]</c>, is left to the caller of this method.</summary>
    /// <exception cref="RefusalException">The stream broke off.</exception>
    public async Task StreamAsync(CallDeadline deadline, CancellationToken caller)
    {
        var events = answer.Events!;
        Pass(answer.First.Span);
        var isDone = false;
        do
        {
            while (!isDone && !_isCut && events.TryRead(out var data))
            {
                isDone = data.Span.SequenceEqual(Done);
                if (!isDone) Pass(data.Span);
            }

            if (!await sink.FlushAsync(caller)) throw new OperationCanceledException(caller);
            deadline.AwaitNextEvent();
        }
        while (!isDone && !_isCut && await FillAsync(events, deadline.Token, caller));

        // A last event may stand there without the blank line that should end it.
        while (!isDone && !_isCut && events.TryRead(out var rest))
        {
            isDone = rest.Span.SequenceEqual(Done);
            if (!isDone) Pass(rest.Span);
        }

        if (_isCut) await answer.DisposeAsync();
        if (!isDone && !books.IsFinished) throw BrokenOff();
        if (request.IncludeUsage && !_usageSent) SendUsage();
    }

    /// <summary>Waits for more, telling the reader every 15 seconds that the connection lives.</summary>
    private async ValueTask<bool> FillAsync(SseReader events, CancellationToken deadline, CancellationToken caller)
    {
        var fill = events.FillAsync(deadline);
        if (fill.IsCompleted) return await fill;
        var filling = fill.AsTask();
        while (true)
        {
            try
            {
                return await filling.WaitAsync(LongestSilence, time, CancellationToken.None);
            }
            catch (TimeoutException) when (!filling.IsCompleted)
            {
                sink.KeepAlive();
                if (!await sink.FlushAsync(caller)) throw new OperationCanceledException(caller);
            }
        }
    }

    private void Pass(ReadOnlySpan<byte> chunk)
    {
        var tap = books.Saw(chunk);
        if (tap.HasError) throw BrokenOff();
        if (!tap.IsValid) return;
        if (!tap.HasUsage) sink.Write(chunk);
        else if (request.IncludeUsage) WithCost(chunk);
        else if (tap.ChoiceCount > 0) WithoutUsage(chunk, tap.UsageSpan);
        if (books.MustBeCut) Cut(chunk);
    }

    /// <summary>The provider ignores its cap: it is left, and the answer ends as one does that has reached its length.</summary>
    private void Cut(ReadOnlySpan<byte> chunk)
    {
        _isCut = true;
        sink.Write(LengthEnding.After(chunk, books.OpenChoices));
        books.Cut();
    }

    /// <summary>The usage chunk with its sibling <c>llmconsole.cost_usd</c>.</summary>
    private void WithCost(ReadOnlySpan<byte> chunk)
    {
        _usageSent = true;
        var end = chunk.LastIndexOf((byte)'}');
        sink.Write([.. chunk[..end], .. Encoding.ASCII.GetBytes($",\"llmconsole\":{{\"cost_usd\":{books.Cost().ToInvariant()}}}}}")]);
    }

    /// <summary>A client that didn't ask for usage gets <c>null</c> in its place, as OpenAI sends it.</summary>
    private void WithoutUsage(ReadOnlySpan<byte> chunk, Range usage) => sink.Write([.. chunk[..usage.Start], .. "null"u8, .. chunk[usage.End..]]);

    /// <summary>The client asked for usage and the provider said nothing: the gateway's estimate takes its place.</summary>
    private void SendUsage()
    {
        var (usage, _) = books.Tokens();
        var model = JsonEncodedText.Encode(answer.ProviderModel);
        var counts = string.Create(CultureInfo.InvariantCulture, $"\"prompt_tokens\":{usage.Input},\"completion_tokens\":{usage.Output},\"total_tokens\":{usage.Total}");
        sink.Write(Encoding.UTF8.GetBytes(
            $"{{\"id\":\"chatcmpl-usage\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"{model}\",\"choices\":[],\"usage\":{{{counts}}},\"llmconsole\":{{\"cost_usd\":{books.Cost().ToInvariant()},\"estimated\":true}}}}"));
    }

    private RefusalException BrokenOff() =>
        new(ErrorCode.UpstreamError, $"The provider {answer.Provider.Name} broke the answer off. What arrived is incomplete; try again.");
}
