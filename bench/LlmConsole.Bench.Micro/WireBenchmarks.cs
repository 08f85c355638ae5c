using System.Text;
using BenchmarkDotNet.Attributes;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Bench.Micro;

/// <summary>What is read of a request, and of each event of an answer.</summary>
[MemoryDiagnoser]
public class WireBenchmarks
{
    private const string Model = "gpt-4o";
    private static readonly byte[] Chunk = """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","system_fingerprint":"fp","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}"""u8.ToArray();

    private readonly byte[] _request = Requests.Of(400);
    private readonly byte[] _longRequest = Requests.Of(100_000);
    private readonly byte[] _stream = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"data: {Encoding.UTF8.GetString(Chunk)}\n\n", 1_000)));
    private AnswerUsage _usage = new();

    [IterationSetup(Target = nameof(TapOneOfAStream))]
    public void NewUsage() => _usage = new AnswerUsage();

    [Benchmark]
    public int RequestScan() => ChatRequest.Parse(_request).TextBytes;

    [Benchmark]
    public int RequestScanOf100Kilobytes() => ChatRequest.Parse(_longRequest).TextBytes;

    [Benchmark]
    public int TapByParsing() => AnswerTap.Read(Chunk).OutputBytes;

    /// <summary>A thousand chunks that differ in their text alone.</summary>
    [Benchmark(OperationsPerInvoke = 1_000)]
    public int TapOneOfAStream()
    {
        var bytes = 0;
        for (var i = 0; i < 1_000; i++) bytes += _usage.Read(Chunk, Model).OutputBytes;
        return bytes;
    }

    /// <summary>A thousand events from a stream in memory.</summary>
    [Benchmark(OperationsPerInvoke = 1_000)]
    public async Task<int> ServerSentEvents()
    {
        using var reader = new SseReader(new MemoryStream(_stream));
        var bytes = 0;
        while (await reader.FillAsync(CancellationToken.None))
        {
            while (reader.TryRead(out var data)) bytes += data.Length;
        }

        return bytes;
    }
}

internal static class Requests
{
    public static byte[] Of(int characters) => Encoding.UTF8.GetBytes(
        $$"""{"model":"gpt-4o","temperature":0.2,"max_tokens":500,"messages":[{"role":"system","content":"You answer briefly."},{"role":"user","content":"{{new string('x', characters)}}"}]}""");
}
