using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Hosting;
using LlmConsole.Tests.Metering;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Serilog;

namespace LlmConsole.Tests.Hosting;

public sealed class BufferedOutputTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryStream _output = new();
    private readonly Serilog.Core.Logger _log;

    public BufferedOutputTests() => _log = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(new BufferedOutput(_output, _time)).CreateLogger();

    private string Written => string.Concat(Lines().Select(line => (string?)line["@mt"] + "\n"));

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Emit_Lines_GoOutTogetherAfterAMoment()
    {
        _log.Information("one");
        _log.Information("two");
        Written.ShouldBe("");

        _time.Advance(TimeSpan.FromMilliseconds(100));
        Written.ShouldBe("one\ntwo\n");

        _log.Information("three");
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Written.ShouldBe("one\ntwo\nthree\n");
    }

    [Fact]
    public void Emit_Warning_GoesOutAtOnceAndInOrder()
    {
        _log.Information("one");
        _log.Warning("two");

        Written.ShouldBe("one\ntwo\n");
    }

    [Fact]
    public void Dispose_WhatIsLeft_GoesOut()
    {
        _log.Information("last");
        _log.Dispose();

        Written.ShouldBe("last\n");
    }

    [Fact]
    public void Emit_AnyEvent_SaysWhatSerilogsOwnFormatSays()
    {
        using var theirs = new StringWriter();
        var failure = new InvalidOperationException("no \"way\"");
        using var both = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Logger(_log).WriteTo.Sink(new Formatted(theirs)).CreateLogger();

        both.Information("{Text} → {None} {Count} {Long} {Cost} {Ms} {Not} {Is} {How}", "a\n\"é😀", null, 7, 1L << 60, 0.000000001m, 12.5, double.NaN, true, DayOfWeek.Friday);
        both.Error(failure, "{@Thing} {List} {When} {Id}", new { A = 1, B = "x" }, (int[])[1, 2], new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero), Guid.Empty);
        both.Debug("plain");

        var expected = theirs.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        var written = Lines();
        written.Count.ShouldBe(3);
        for (var i = 0; i < written.Count; i++)
        {
            DateTime.Parse((string)written[i]["@t"]!, null).ShouldBe(DateTime.Parse((string)expected[i]["@t"]!, null));
            (written[i]["@t"], expected[i]["@t"]) = (null, null);
            JsonNode.DeepEquals(written[i], expected[i]).ShouldBeTrue($"{written[i]} is not {expected[i]}");
        }
    }

    private List<JsonObject> Lines() =>
        [.. Encoding.UTF8.GetString(_output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];

    [Fact]
    public void DirectLine_OfAnyCall_SaysWhatTheLogWouldSay()
    {
        using var logs = new Serilog.Extensions.Logging.SerilogLoggerFactory(_log);
        using var direct = new BufferedOutput(_output, _time);
        using var span = new Activity("call").SetIdFormat(ActivityIdFormat.W3C).Start();
        var caller = new Caller { Tenant = new Tenant { Id = "ten_a", Name = "Müller & \"Söhne\"", TierId = "tir" }, Tier = new Tier { Id = "tir", Name = "t" }, Snapshot = ConfigurationSnapshot.Empty };
        foreach (var record in UsageRecords.Any.Some(10, 50))
        {
            new CallLog(logs.CreateLogger<ChatGateway>()).Write(caller, record);
            new DirectCallLog(direct, logs.CreateLogger<ChatGateway>(), _time).Write(caller, record);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        var lines = Lines().ToList();
        lines.Count.ShouldBe(100);
        foreach (var pair in lines.Chunk(2))
        {
            foreach (var line in pair) line.AsObject().Remove("@t").ShouldBeTrue();
            foreach (var line in pair) line.AsObject().Remove("EventId");
            pair[1].ToJsonString().ShouldBe(pair[0].ToJsonString());
        }
    }

    [Fact]
    public void DirectLine_LevelAboveInformation_IsNotWritten()
    {
        using var quiet = new LoggerConfiguration().MinimumLevel.Warning().CreateLogger();
        using var logs = new Serilog.Extensions.Logging.SerilogLoggerFactory(quiet);
        using var direct = new BufferedOutput(_output, _time);

        new DirectCallLog(direct, logs.CreateLogger<ChatGateway>(), _time).Write(null!, UsageRecords.Any.Some(10, 1)[0]);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Written.ShouldBe("");
    }

    private sealed class Formatted(TextWriter to) : Serilog.Core.ILogEventSink
    {
        private readonly Serilog.Formatting.Compact.CompactJsonFormatter _formatter = new();

        public void Emit(Serilog.Events.LogEvent logEvent) => _formatter.Format(logEvent, to);
    }
}
