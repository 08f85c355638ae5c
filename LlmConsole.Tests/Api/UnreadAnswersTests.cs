using System.Net;
using System.Net.Sockets;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Caching;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>Readers that don't read hold neither an answer nor anybody else for ever.</summary>
public sealed class UnreadAnswersTests(SteppedAppFixture stepped) : IClassFixture<SteppedAppFixture>
{
    private const int Megabyte = 1024 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(47, null)]
    [InlineData(1_000, "37")]
    public async Task WholeAnswer_Unread_LosesItsConnectionWhenTheCallsTimeIsUp(int totalSeconds, string? timeout)
    {
        await using var model = await ScriptedModel.PublishAsync(stepped.App, with: configured => configured with { Timeouts = new ModelTimeouts { TotalSeconds = totalSeconds } });
        var (gate, time) = (new TaskCompletionSource(), TimeSpan.FromSeconds(timeout is null ? totalSeconds : 37));
        model.Provider.Next(Play.Stall(gate.Task, Play.Answer(new string('x', 8 * Megabyte))));
        using var reader = await AskAsync(model, "", timeout is null ? "" : $"x-llmconsole-timeout: {timeout}\r\n");
        await model.Provider.RequestAsync();
        var waiting = stepped.Time.NextWaitOf(time);
        gate.SetResult();
        await waiting;

        stepped.Time.Advance(time);

        (await model.RecordsAsync()).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Answered);
        (await ReadAsync(reader)).Length.ShouldBeLessThan(8 * Megabyte);
    }

    [Fact]
    public async Task Stream_ThatAFollowerDoesNotRead_ReachesItsLeaderWhole_AndTheFollowerIsToldWhatItMissed()
    {
        await using var model = await CachedModel.PublishAsync(stepped.App);
        var gate = new TaskCompletionSource();

        // Each differs from the one before: what is the same is held only once.
        StreamStep piece = string.Concat(Enumerable.Range(0, 32).Select(at => Sse.Delta(new string(at % 2 == 0 ? 'x' : 'y', 32 * 1024))));
        model.Provider.Next(Play.Stream([Sse.Role(), Sse.Delta("Hel"), gate.Task, .. Enumerable.Repeat(piece, 24), Sse.Finish(), Sse.Usage(5, 2), Sse.Done]));
        using var leader = await model.BeginAsync(model.Ask("\"stream\":true"));
        using var follower = await AskAsync(model, "\"stream\":true");
        await CachedModel.UntilAsync(() => stepped.App.Cache().Flights.Followers == 1);
        gate.SetResult();

        var whole = await leader.TextAsync();
        var part = await ReadAsync(follower);

        whole.ShouldEndWith("data: [DONE]\n\n");
        whole.Length.ShouldBeGreaterThan(24 * Megabyte);
        part.ShouldContain("\"Hel\"");
        part.ShouldContain("\"code\":\"timeout\"");
        part.ShouldNotContain("[DONE]");
        (await model.RecordsAsync()).Select(record => (record.Cache, record.Outcome, record.Cost.Nanos)).ShouldBe(
            [(CacheVerdict.Miss, Outcome.Answered, 9_000L), (CacheVerdict.Miss, Outcome.Incomplete, 0L)], ignoreOrder: true);
    }

    /// <summary>Sends a call by a connection that takes little at a time, and reads nothing of the answer.</summary>
    private static async Task<TcpClient> AskAsync(ScriptedModel model, string fields, string headers = "")
    {
        var reader = new TcpClient { ReceiveBufferSize = 4096 };
        await reader.ConnectAsync(IPAddress.Loopback, model.App.BaseAddress.Port, Cancellation);
        var body = model.Ask(fields);
        var request = $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {model.Key}\r\n{headers}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        await reader.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request), Cancellation);
        return reader;
    }

    /// <summary>What still comes until the connection ends.</summary>
    private static async Task<string> ReadAsync(TcpClient reader)
    {
        using var read = new MemoryStream();
        try
        {
            await reader.GetStream().CopyToAsync(read, Cancellation);
        }
        catch (IOException)
        {
            // It was reset.
        }

        return Encoding.UTF8.GetString(read.GetBuffer(), 0, (int)read.Length);
    }
}
