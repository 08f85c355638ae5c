using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Wire;

public sealed class SseReaderTests
{
    private static readonly (string Text, string[] Events)[] Corpus =
    [
        ("data: a\n\ndata: b\n\n", ["a", "b"]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        ("data: a\r\rdata: b\r\r", ["a", "b"]),
        ("data: a\r\n\ndata: b\n\r\n", ["a", "b"]),
        ("\uFEFFdata: a\n\n", ["a"]),
        (": keep-alive\n\n:\n\ndata: a\n: in between\ndata: b\n\n", ["a\nb"]),
        ("event: x\nid: 7\nretry: 10\ndata: a\n\nevent: y\n\n", ["a"]),
        ("data:a\n\ndata:  b\n\n", ["a", " b"]),
        ("data: 1\ndata\ndata: 3\n\n", ["1\n\n3"]),
        ("data: 1\r\ndata: 2\r\ndata: 3\r\n\r\n", ["1\n2\n3"]),
        ("data: žluť 😀 漢字\n\n", ["žluť 😀 漢字"]),
        ("data: {\"a\":\"b: c\"}\n\ndata: [DONE]\n\n", ["{\"a\":\"b: c\"}", "[DONE]"]),
        ("data: a\n\ndata: the end", ["a", "the end"]),
        ("data: a\n\ndata: the end\n", ["a", "the end"]),
        ("data: a\n\ndata: the end\r", ["a", "the end"]),
        ("data: a\n\n\n\n\r\n\r\n", ["a"]),
        ("datax: no\nxdata: no\n data: no\n\n", []),
        ("", []),
        ("\n\n", []),
        (": nothing but a comment", []),
    ];

    [Fact]
    public void Read_AnyChunkingOfTheCorpus_GivesTheSameEvents()
    {
        var chunks = Gen.Choose(1, 9).NonEmptyListOf().ToArbitrary();
        var cases = Gen.Elements(Corpus).ToArbitrary();

        Prop.ForAll(cases, chunks, (sample, sizes) => ReadAll(sample.Text, [.. sizes], longWait: sizes[0] > 4 ? -1 : 500).ShouldBe(sample.Events))
            .Holds(2_000);
    }

    [Fact]
    public void Read_ByteByByteAndWhole_GivesTheSameEvents()
    {
        foreach (var (text, events) in Corpus)
        {
            ReadAll(text, [1]).ShouldBe(events, ignoreOrder: false, text);
            ReadAll(text, [int.MaxValue]).ShouldBe(events, ignoreOrder: false, text);
            ReadAll(text, [3], longWait: -1).ShouldBe(events, ignoreOrder: false, text);
        }
    }

    [Fact]
    public void Read_ManyEventsOfManySizes_GivesEachWhole()
    {
        var events = Gen.Choose(1, 20_000).ListOf(30).ToArbitrary();

        Prop.ForAll(events, Gen.Choose(1, 5_000).NonEmptyListOf().ToArbitrary(), (lengths, sizes) =>
        {
            string[] expected = [.. lengths.Select((length, i) => new string((char)('a' + (i % 26)), length))];
            ReadAll(string.Concat(expected.Select(data => $"data: {data}\r\n\r\n: keep-alive\r\n\r\n")), [.. sizes]).ShouldBe(expected);
        }).Holds(30);
    }

    /// <summary>Of a stream that waits, nothing is held between events.</summary>
    [Fact]
    public void Read_EventsThatAreLongApart_WaitsWithoutABuffer()
    {
        var stream = new ChunkedStream("data: a\n\ndata: b\n\n"u8.ToArray(), [9]);
        using var reader = new SseReader(stream) { LongWait = -1 };

        while (Fill(reader)) while (reader.TryRead(out _)) { }

        stream.Buffers.ShouldBe([0, 8192, 0, 8192, 0, 8192]);
    }

    [Fact]
    public void Read_EventOverTheLimit_IsInvalid() =>
        Should.Throw<InvalidDataException>(() => ReadAll("data: " + new string('a', 100_000), [1_000], maxEventBytes: 32 * 1024));

    private static List<string> ReadAll(string text, int[] sizes, int maxEventBytes = SseReader.DefaultMaxEventBytes, long longWait = 500)
    {
        using var reader = new SseReader(new ChunkedStream(Encoding.UTF8.GetBytes(text), sizes), maxEventBytes) { LongWait = longWait };
        var events = new List<string>();
        while (Fill(reader))
        {
            while (reader.TryRead(out var data)) events.Add(Encoding.UTF8.GetString(data.Span));
        }

        return events;
    }

    /// <summary>The stream of these tests never waits.</summary>
    private static bool Fill(SseReader reader)
    {
        var filled = reader.FillAsync(CancellationToken.None).AsTask();
        filled.IsCompleted.ShouldBeTrue();
        return filled.GetAwaiter().GetResult();
    }
}
