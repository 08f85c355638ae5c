using System.Net.Http.Json;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Hosting;
using LlmConsole.Tests.Caching;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LlmConsole.Tests.Hosting;

/// <summary>A host may be stopped twice, torn down before it was stopped, or stopped by somebody who doesn't wait.</summary>
public sealed class InterruptedStopTests : IDisposable
{
    private static readonly TimeSpan Leave = TimeSpan.FromSeconds(3);

    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-cut-").FullName;
    private readonly SteppedTime _time = new();
    private readonly ApplicationLifetime _lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly Shutdown _shutdown;

    public InterruptedStopTests()
    {
        var settings = Settings.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Hosting:LeaveSeconds", "3")]).Build());
        _shutdown = new Shutdown(settings, new Listeners(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance, _time), _lifetime, _time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _shutdown.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Stop_AfterTheHostWasTornDown_HasNothingToDo()
    {
        _shutdown.Dispose();

        await _shutdown.StoppingAsync(Cancellation);

        _shutdown.HasBegun.ShouldBeTrue();
        _shutdown.Deadline.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Stop_WhileAnotherStops_WaitsForItAndMakesItNoShorter()
    {
        var first = _shutdown.StoppingAsync(Cancellation);
        var second = _shutdown.StoppingAsync(Cancellation);
        _time.Advance(Leave / 2);
        second.IsCompleted.ShouldBeFalse();

        while (!first.IsCompleted)
        {
            _time.Advance(Leave);
            await Task.Yield();
        }

        await second;
        second.ShouldBeSameAs(first);
    }

    [Fact]
    public async Task Stop_BySomebodyWhoWaitsNoLonger_EndsWhatIsUnderWayAndFailsNobody()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var stopping = _shutdown.StoppingAsync(patience.Token);
        _shutdown.Deadline.IsCancellationRequested.ShouldBeFalse();

        await patience.CancelAsync();
        await stopping;

        _shutdown.Deadline.IsCancellationRequested.ShouldBeTrue();
    }

    /// <summary>The connection may be cut before the call has said why; the books know of the call all the same.</summary>
    [Fact]
    public async Task Stop_BySomebodyWhoWaitsNoLonger_LeavesTheCallInTheBooks()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        await using (var app = await RunningApp.StartAsync(null, _directory))
        {
            await app.PublishModelAsync("m", provider.BaseUrl);
            using var http = app.Client(await app.IssueKeyAsync());
            provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), new TaskCompletionSource().Task));
            using var ask = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(new { model = "m", stream = true, messages = new[] { new { role = "user", content = "hi" } } }) };
            using var answer = await http.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead, Cancellation);

            // The host may be torn down as soon as it has stopped.
            var ledger = app.Services.GetRequiredService<UsageLedger>();
            await app.Services.GetRequiredService<IHost>().StopAsync(new CancellationToken(canceled: true));

            await CachedModel.UntilAsync(() => ledger.UnderWay == 0);
        }

        // A start goes on where a slow machine takes long to bring the journal into the books.
        await using var next = await RunningApp.StartAsync(null, _directory);
        await next.Services.GetRequiredService<UsageLedger>().WrittenAsync();
        await using var db = await next.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        (await db.Set<UsageRecord>().AsNoTracking().ToListAsync(Cancellation)).ShouldHaveSingleItem().Outcome.ShouldBeOneOf(Outcome.Incomplete, Outcome.Abandoned);
    }
}
