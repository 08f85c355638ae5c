using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Tests.Support;

/// <summary>A collector on a real socket that takes OTLP over HTTP and remembers what it got.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentDictionary<string, string> _metrics = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _arrived = New();

    private OtlpCollector(WebApplication server) => _server = server;

    public string Address => _server.Urls.Single();

    public IReadOnlyCollection<OtlpSpan> Spans => _spans;

    /// <summary>The names of metrics, and their units.</summary>
    public IReadOnlyDictionary<string, string> Metrics => _metrics;

    /// <summary>All that it got; strings stand as they are in protobuf.</summary>
    public string Text => string.Concat(_bodies.Select(Encoding.Latin1.GetString));

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var collector = new OtlpCollector(builder.Build());
        collector._server.Urls.Add("http://127.0.0.1:0");
        collector._server.MapPost("/v1/{signal}", collector.TakeAsync);
        await collector._server.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    /// <summary>Completes when what it got is so.</summary>
    public async Task UntilAsync(Func<OtlpCollector, bool> isSo)
    {
        while (true)
        {
            Task next;
            lock (_lock) next = _arrived.Task;
            if (isSo(this)) return;
            await next.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The span of a call with all below it, once the collector has it: the call's own ends last.</summary>
    public async Task<(OtlpSpan Call, IReadOnlyList<OtlpSpan> Attempts)> CallAsync(string requestId)
    {
        await UntilAsync(_ => Find() is not null);
        var call = Find()!;
        return (call, [.. _spans.Where(span => span.ParentId == call.Id).OrderBy(span => span.Start)]);

        OtlpSpan? Find() => _spans.FirstOrDefault(span => span.Attributes.GetValueOrDefault("llmconsole.request_id") == requestId);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpRequest request, string signal)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        _bodies.Enqueue(body.ToArray());
        foreach (var scope in new ProtobufMessage(body.ToArray()).Messages(1).SelectMany(resource => resource.Messages(2)))
        {
            foreach (var item in scope.Messages(2))
            {
                if (signal == "traces") _spans.Enqueue(OtlpSpan.Read(item));
                else _metrics[item.Text(1)] = item.Text(3);
            }
        }

        lock (_lock)
        {
            _arrived.SetResult();
            _arrived = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A span as it was sent. Times are nanoseconds of Unix time.</summary>
internal sealed record OtlpSpan(string TraceId, string Id, string ParentId, string Name, OtlpSpanKind Kind, ulong Start, ulong End, IReadOnlyDictionary<string, string> Attributes, bool IsError)
{
    public static OtlpSpan Read(ProtobufMessage span) => new(
        Hex(span, 1), Hex(span, 2), Hex(span, 4), span.Text(5), (OtlpSpanKind)span.Number(6), span.Number(7), span.Number(8),
        span.Messages(9).ToDictionary(attribute => attribute.Text(1), attribute => Value(attribute.Messages(2).Single())), span.Messages(15).Any(status => status.Number(3) == 2));

    private static string Hex(ProtobufMessage span, int field) => Convert.ToHexString(span.Bytes(field).Span);

    private static string Value(ProtobufMessage value) =>
        value.Has(1) ? value.Text(1) : value.Has(3) ? ((long)value.Number(3)).ToString(CultureInfo.InvariantCulture) : value.Has(4) ? value.Double(4).ToString(CultureInfo.InvariantCulture) : "";
}

internal enum OtlpSpanKind
{
    Unspecified, Internal, Server, Client,
}
