using System.Net;
using System.Net.Http.Headers;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Providers;

/// <summary>
/// The client's body on its way upstream: the same bytes, with only the spans replaced that the gateway owns (the model's name, the wish for
/// usage at the end of a stream, the output cap). Nothing is parsed or built again, so every other field arrives as it was sent.
/// </summary>
internal sealed class UpstreamRequestContent : HttpContent
{
    private const int Large = 32 * 1024;
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly List<ReadOnlyMemory<byte>> _segments = new(8);
    private long _length;

    public UpstreamRequestContent(Question question, string outputCapField)
    {
        Headers.ContentType = Json;
        var request = question.Request;
        var edits = Edits(question, outputCapField);
        edits.Sort(static (a, b) => a.At.CompareTo(b.At));
        var position = 0;
        foreach (var edit in edits)
        {
            Append(request.Body[position..edit.At]);
            Append(edit.Bytes);
            position = edit.At + edit.Removed;
        }

        Append(request.Body[position..]);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var segment in _segments)
        {
            if (segment.Length <= Large)
            {
                await stream.WriteAsync(segment, cancellationToken);
                continue;
            }

            // A connection that idles holds on to what it wrote last: a byte, and not the body.
            await stream.WriteAsync(segment[..^1], cancellationToken);
            await stream.WriteAsync(segment[^1..], cancellationToken);
        }
    }

    private void Append(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        _segments.Add(bytes);
        _length += bytes.Length;
    }

    private static List<Edit> Edits(Question question, string outputCapField)
    {
        var (request, edits) = (question.Request, new List<Edit>(4));
        if (question.Model != request.Model) edits.Add(Edit.Replace(request.Spans.Model, JsonText.Quoted(question.Model)));
        if (request.Stream) AskForUsage(request, edits);
        if ((question.OutputCap ?? OneOfTwoCaps(request)) is { } cap) Cap(request, cap, outputCapField, edits);
        if (question.Prefill is { } text) edits.Add(new Edit(request.Spans.Messages.End.Value - 1, 0, (byte[])[.. ",{\"role\":\"assistant\",\"content\":"u8, .. JsonText.Quoted(text), (byte)'}']));
        return edits;
    }

    /// <summary>Some providers heed only the older of the names that a cap has, and the request was admitted by the newer: both say the same then.</summary>
    private static int? OneOfTwoCaps(ChatRequest request) =>
        IsNumber(request, request.Spans.MaxCompletionTokens) && IsNumber(request, request.Spans.MaxTokens) ? request.MaxOutputTokens : null;

    private static void AskForUsage(ChatRequest request, List<Edit> edits)
    {
        var spans = request.Spans;
        if (request.IncludeUsage) return;
        if (spans.StreamOptions.End.Value == 0) edits.Add(new Edit(spans.Insert, 0, "\"stream_options\":{\"include_usage\":true},"u8.ToArray()));
        else if (spans.IncludeUsage.End.Value > 0) edits.Add(Edit.Replace(spans.IncludeUsage, "true"u8.ToArray()));
        else
        {
            var options = request.Body.Span[spans.StreamOptions];
            var isEmpty = options[0] != '{' || options[1..^1].IndexOfAnyExcept(" \t\r\n"u8) < 0;
            if (isEmpty) edits.Add(Edit.Replace(spans.StreamOptions, "{\"include_usage\":true}"u8.ToArray()));
            else edits.Add(new Edit(spans.StreamOptions.Start.Value + 1, 0, "\"include_usage\":true,"u8.ToArray()));
        }
    }

    /// <summary>Each number that is there becomes the cap. Where there is none, a null of the provider's own name for it must give way: a name that stands twice is read as the last, or not at all.</summary>
    private static void Cap(ChatRequest request, int cap, string field, List<Edit> edits)
    {
        var number = System.Text.Encoding.ASCII.GetBytes(cap.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var (newer, older) = (request.Spans.MaxCompletionTokens, request.Spans.MaxTokens);
        var (saysNewer, saysOlder) = (IsNumber(request, newer), IsNumber(request, older));
        if (saysNewer) edits.Add(Edit.Replace(newer, number));
        if (saysOlder) edits.Add(Edit.Replace(older, number));
        if (saysNewer || saysOlder) return;
        var unsaid = field == "max_tokens" ? older : newer;
        edits.Add(unsaid.End.Value > 0 ? Edit.Replace(unsaid, number) : new Edit(request.Spans.Insert, 0, System.Text.Encoding.ASCII.GetBytes($"\"{field}\":{cap},")));
    }

    private static bool IsNumber(ChatRequest request, Range span) => span.End.Value > 0 && request.Body.Span[span.Start.Value] != 'n';

    private readonly record struct Edit(int At, int Removed, ReadOnlyMemory<byte> Bytes)
    {
        public static Edit Replace(Range range, byte[] bytes) => new(range.Start.Value, range.End.Value - range.Start.Value, bytes);
    }
}
