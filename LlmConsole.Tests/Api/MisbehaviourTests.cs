using System.IO.Compression;
using System.Text;
using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Routing;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>For everything that a provider can do wrong: what the client sees, what the books say, and what the target's health says.</summary>
public sealed class MisbehaviourTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Complete = "complete";
    private const string Hello = "Hello 😀 žluť.";
    private static readonly string Whole = Sse.Role() + Sse.Delta(Hello) + Sse.Finish() + Sse.Usage(5, 2) + Sse.Done;
    private const string TimedOut = "timeout";
    private const int TotalSeconds = 20;
    private static readonly Task Never = new TaskCompletionSource().Task;

    /// <param name="Play">What the provider does.</param>
    /// <param name="Seen">The error code that the client sees, or that the answer is complete.</param>
    /// <param name="Status">The status that the client sees.</param>
    /// <param name="Failures">What is held against the target.</param>
    /// <param name="Stream">Whether the client asks for a stream.</param>
    /// <param name="Flags">What the books find peculiar.</param>
    private sealed record Misbehaviour(Behaviour Play, string Seen, int Status, int Failures, bool Stream = true, UsageFlags Flags = UsageFlags.None, TargetState State = TargetState.Healthy);

    private static readonly Dictionary<string, Misbehaviour> Table = new()
    {
        ["whole answer"] = new(Events(Whole), Complete, 200, 0),
        ["500"] = new(Play.Error(500), "upstream_error", 502, 1),
        ["500 with a web page"] = new(Play.Bytes("<html>oops</html>"u8.ToArray(), 500, ("Content-Type", "text/html")), "upstream_error", 502, 1),
        ["503 with Retry-After"] = new(Play.Error(503, headers: ("Retry-After", "3")), "overloaded", 503, 1),
        ["503 that is silent about when"] = new(Play.Error(503), "overloaded", 503, 1),
        ["204"] = new(Play.Bytes([], 204), "upstream_error", 502, 1),
        ["429"] = new(Play.Error(429), "overloaded", 503, 0, State: TargetState.CoolingDown),
        ["401"] = new(Play.Error(401, "key sk-upstream-0123456789 of account acct-1"), "upstream_error", 502, 1),
        ["404"] = new(Play.Error(404), "upstream_error", 502, 1),
        ["400"] = new(Play.Error(400), "invalid_value", 400, 0),
        ["400, prompt too long"] = new(Play.Json("""{"error":{"message":"too long","code":"context_length_exceeded"}}""", 400), "context_length_exceeded", 400, 0),
        ["400, content filter"] = new(Play.Json("""{"error":{"message":"filtered","code":"content_filter"}}""", 400), "content_filter", 400, 0),
        ["redirect"] = new(Play.Bytes([], 307, ("Location", "http://127.0.0.1:9/")), "upstream_error", 502, 1),
        ["reset"] = new(Play.Reset, "upstream_error", 502, 1),
        ["silence"] = new(Play.Stall(Never, Play.Answer("late")), TimedOut, 504, 1),
        ["endless headers"] = new(Play.Bytes([], 200, ("Content-Type", "text/event-stream"), ("X-Long", new string('x', 128 * 1024))), "upstream_error", 502, 1),
        ["headers, then silence"] = new(Play.Stream(Never), TimedOut, 504, 1),
        ["role, then silence"] = new(Play.Stream(Sse.Role(), Never), TimedOut, 504, 1),
        ["web page"] = new(Play.Bytes("<html></html>"u8.ToArray(), 200, ("Content-Type", "text/html")), "upstream_error", 502, 1),
        ["no body"] = new(Play.Bytes([], 200, ("Content-Type", "text/event-stream")), "upstream_error", 502, 1),
        ["a completion in place of a stream"] = new(Play.Json(Sse.Completion(Hello)), "upstream_error", 502, 1),
        ["comments, then silence"] = new(Play.Stream(": hi\n\n: there\n\n", Never), TimedOut, 504, 1),
        ["role, then the end"] = new(Events(Sse.Role()), "upstream_error", 502, 1),
        ["role, then [DONE]"] = new(Events(Sse.Role() + Sse.Done), "upstream_error", 502, 1),
        ["no choices, then the end"] = new(Events(string.Concat(Enumerable.Repeat(Sse.Event("""{"choices":[]}"""), 3)) + Sse.Done), "upstream_error", 502, 1),
        ["web page as events"] = new(Events("data: <html>\n\ndata: </html>\n\n"), "upstream_error", 502, 1),
        ["error as first event"] = new(Events(Sse.Event("""{"error":{"message":"acct-1 broke"}}""") + Sse.Done), "upstream_error", 502, 1),
        ["error as second event"] = new(Events(Sse.Role() + Sse.Event("""{"error":{"message":"acct-1 broke"}}""")), "upstream_error", 502, 1),
        ["throttling as second event"] = new(Events(Sse.Role() + Sse.Event("""{"error":{"message":"slow down","code":429}}""")), "overloaded", 503, 0, State: TargetState.CoolingDown),
        ["filter as first event"] = new(Events(Sse.Event("""{"error":{"message":"no","code":"content_filter"}}""")), "content_filter", 400, 0),
        ["overload as first event"] = new(Events(Sse.Event("""{"type":"error","error":{"type":"overloaded_error","message":"acct-1"}}""")), "overloaded", 503, 1),
        ["gzip bomb"] = new(Play.Bytes(Bomb(), 200, ("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip")), "upstream_error", 502, 1),
        ["gzip bomb as a whole"] = new(Play.Bytes(Bomb(), 200, ("Content-Type", "application/json"), ("Content-Encoding", "gzip")), "upstream_error", 502, 1, Stream: false),
        ["endless line"] = new(Play.Stream("data: {\"x\":\"", Play.Endless), "upstream_error", 502, 1),
        ["endless line in the middle"] = new(Play.Stream(Sse.Delta(Hello), "data: {\"x\":\"", Play.Endless), "upstream_error", 200, 1),
        ["a drip of comments in the middle"] = new(Play.Stream(Sse.Delta(Hello), ": hi\n\n", ": hi\n\n", Never), TimedOut, 200, 1),
        ["error in the middle"] = new(Events(Sse.Delta(Hello) + Sse.Event("""{"error":{"message":"acct-1 broke"}}""") + Sse.Done), "upstream_error", 200, 1),
        ["reset in the middle"] = new(Play.Stream(Sse.Delta(Hello), StreamStep.Cut), "upstream_error", 200, 1),
        ["silence in the middle"] = new(Play.Stream(Sse.Delta(Hello), Never), TimedOut, 200, 1),
        ["the end without a finish"] = new(Events(Sse.Delta(Hello)), "upstream_error", 200, 1),
        ["half a line, then the end"] = new(Events(Sse.Delta(Hello) + "data: {\"choices\":[{\"ind"), "upstream_error", 200, 1, Flags: UsageFlags.MalformedChunk),
        ["two unreadable events"] = new(Events(Sse.Delta(Hello) + "data: {oops\n\ndata: {oops\n\n" + Sse.Finish() + Sse.Done), "upstream_error", 200, 1, Flags: UsageFlags.MalformedChunk),
        ["one unreadable event"] = new(Events(Sse.Role() + "data: {oops\n\n" + Sse.Delta(Hello) + Sse.Finish() + Sse.Usage(5, 2) + Sse.Done), Complete, 200, 0, Flags: UsageFlags.MalformedChunk),
        ["an event that is no object"] = new(Events(Sse.Role() + Sse.Event("42") + Sse.Delta(Hello) + Sse.Finish() + Sse.Usage(5, 2) + Sse.Done), Complete, 200, 0, Flags: UsageFlags.MalformedChunk),
        ["an event nested without end"] = new(Events(Sse.Role() + Sse.Event(new string('[', 100_000)) + Sse.Delta(Hello) + Sse.Finish() + Sse.Usage(5, 2) + Sse.Done), Complete, 200, 0, Flags: UsageFlags.MalformedChunk),
        ["words after [DONE]"] = new(Events(Whole + Sse.Delta("more") + Sse.Done), Complete, 200, 0),
        ["finish without [DONE]"] = new(Events(Sse.Delta(Hello) + Sse.Finish() + Sse.Usage(5, 2)), Complete, 200, 0),
        ["finish, then a reset"] = new(Play.Stream(Sse.Delta(Hello) + Sse.Finish() + Sse.Usage(5, 2), StreamStep.Cut), Complete, 200, 0),
        ["finish, then half a line"] = new(Events(Sse.Delta(Hello) + Sse.Finish() + Sse.Usage(5, 2) + "data: {\"cho"), Complete, 200, 0, Flags: UsageFlags.MalformedChunk),
        ["unknown finish"] = new(Events(Sse.Delta(Hello) + Sse.Finish("invented") + Sse.Usage(5, 2) + Sse.Done), Complete, 200, 0),
        ["no choices first"] = new(Events(Sse.Event("""{"choices":[],"prompt_filter_results":[]}""") + Whole), Complete, 200, 0),
        ["comments and other fields"] = new(Events(": hi\n\n: there\n\nretry: 5\nevent: x\nid: 7\n" + Whole), Complete, 200, 0),
        ["byte order mark and CRLF"] = new(Events("\uFEFF" + Whole.Replace("\n", "\r\n", StringComparison.Ordinal)), Complete, 200, 0),
        ["data in several lines"] = new(Events(Whole.Replace(",\"object\"", ",\ndata: \"object\"", StringComparison.Ordinal)), Complete, 200, 0),
        ["one byte at a time"] = new(Play.Stream([.. Encoding.UTF8.GetBytes(Whole).Select(letter => (StreamStep)new[] { letter })]), Complete, 200, 0),
        ["one byte at a time, with CRLF"] = new(Play.Stream([.. Encoding.UTF8.GetBytes(Whole.Replace("\n", "\r\n", StringComparison.Ordinal)).Select(letter => (StreamStep)new[] { letter })]), Complete, 200, 0),
        ["hostile headers"] = new(Play.Bytes(Encoding.UTF8.GetBytes(Whole), 200, ("Content-Type", "text/event-stream"), ("Set-Cookie", "a=b"), ("x-llmconsole-model", "evil"), ("x-request-id", "evil"), ("Access-Control-Allow-Origin", "*"), ("Server", "evil")), Complete, 200, 0),
        ["whole, bad JSON"] = new(Play.Json("{\"choices\":["), "upstream_error", 502, 1, Stream: false),
        ["whole, no choices"] = new(Play.Json("""{"choices":[]}"""), "upstream_error", 502, 1, Stream: false),
        ["whole, cut"] = new(Play.Stream("{\"choices\":[{\"index\":0", StreamStep.Cut), "upstream_error", 502, 1, Stream: false),
        ["whole, shorter than it said"] = new(Shorter, "upstream_error", 502, 1, Stream: false),
        ["whole, as a stream"] = new(Events(Whole), "upstream_error", 502, 1, Stream: false),
        ["whole, endless"] = new(Play.Stream("{\"x\":\"", Play.Endless), "upstream_error", 502, 1, Stream: false),
        ["whole, an error inside 200"] = new(Play.Json("""{"error":{"message":"slow down","type":"rate_limit_error"}}"""), "overloaded", 503, 0, Stream: false, State: TargetState.CoolingDown),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Provider_Misbehaves_ClientBooksAndHealthSaySo(string name)
    {
        var (play, seen, status, failures, isStream, flags, state) = Table[name];
        await using var model = await ScriptedModel.PublishAsync(fixture.App, with: configured => configured with { Timeouts = Patience(seen, status) });
        model.Provider.Otherwise = play;

        var answer = await model.PostAsync(model.Ask($"\"stream\":{(isStream ? "true" : "false")}"));

        var text = await answer.TextAsync();
        ((int)answer.StatusCode).ShouldBe(status, text);
        text.ShouldNotContain("acct-1");
        text.ShouldNotContain("sk-upstream");
        if (seen == Complete) IsWhole(answer, text);
        else IsError(text, seen);
        var record = (await model.RecordsAsync()).ShouldHaveSingleItem();
        record.Outcome.ShouldBe(seen == Complete ? Outcome.Answered : status == 200 ? Outcome.Incomplete : Outcome.Failed);
        (record.Attempts, record.Status, record.ErrorCode).ShouldBe((1, status, seen == Complete ? null : seen));
        (record.Flags & UsageFlags.MalformedChunk).ShouldBe(flags);
        if (status != 200) (record.Cost.Nanos, record.TotalTokens).ShouldBe((0, 0));
        record.DurationMs.ShouldBeLessThan(TotalSeconds * 1_000);
        var target = fixture.App.Configuration.FindModel(model.Name)!.Targets[0];
        var health = fixture.App.Services.GetRequiredService<HealthBook>().Find(target.ProviderId, target.Model)!;
        (health.ConsecutiveFailures, health.State).ShouldBe((failures, state));
    }

    /// <summary>Short only for what is to time out: on a busy machine a second may pass before the rest says its first word.</summary>
    private static ModelTimeouts Patience(string seen, int status) =>
        new() { FirstTokenSeconds = seen == TimedOut && status != 200 ? 1 : TotalSeconds - 1, IdleSeconds = seen == TimedOut ? 1 : TotalSeconds - 1, TotalSeconds = TotalSeconds };

    private static void IsWhole(HttpResponseMessage answer, string text)
    {
        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        events[^1].ShouldBe("data: [DONE]");
        string.Concat(events[..^1].Select(data => data.Replace("data: ", "", StringComparison.Ordinal)).Select(data => LlmConsole.Core.Wire.ChunkText.Read(Encoding.UTF8.GetBytes(data)))).ShouldBe(Hello);
        foreach (var name in (string[])["Set-Cookie", "Access-Control-Allow-Origin", "Server"]) answer.Headers.Contains(name).ShouldBeFalse();
        foreach (var name in (string[])["x-llmconsole-model", "x-request-id"]) answer.Headers.GetValues(name).ShouldNotContain("evil");
    }

    private static void IsError(string text, string code)
    {
        text.ShouldNotContain("[DONE]");
        var last = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
        var error = JsonElement.Parse(last.StartsWith("data: ", StringComparison.Ordinal) ? last["data: ".Length..] : last).GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe(code);
    }

    /// <summary>A body that ends before its announced length.</summary>
    private static Task Shorter(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = 10_000;
        return context.Response.WriteAsync("{\"choices\":[{\"index\":0");
    }

    private static Behaviour Events(string text) => Play.Bytes(Encoding.UTF8.GetBytes(text), 200, ("Content-Type", "text/event-stream"));

    /// <summary>Small on the wire, 64 MB when unpacked.</summary>
    private static byte[] Bomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(new byte[64 * 1024 * 1024]);
        return packed.ToArray();
    }
}
