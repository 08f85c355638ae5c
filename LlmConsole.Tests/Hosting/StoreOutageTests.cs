using System.Net;
using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Redis;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace LlmConsole.Tests.Hosting;

/// <summary>The table of outages in docs/operations.md, row by row, on a real Redis and a real PostgreSQL: calls go on, nothing is lost, and the app comes back without a restart.</summary>
public sealed class StoreOutageTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    private const int Calls = 8;
    private const int MostLooks = 600;
    private static readonly Usd CostOfCall = new(9_000);

    private RedisServer _redis = null!;
    private TcpProxy _database = null!;
    private RunningApp _app = null!;
    private ScriptedModel _model = null!;
    private string _connection = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private UsageLedger Ledger => _app.Services.GetRequiredService<UsageLedger>();
    private RedisConnection Redis => _app.Services.GetRequiredService<RedisConnection>();

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        var direct = new NpgsqlConnectionStringBuilder(await postgres.NewDatabaseAsync());
        _database = TcpProxy.To(direct.Port);
        _connection = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = _database.Port, MaxPoolSize = 4, Timeout = 2, CommandTimeout = 5 }.ConnectionString;
        _app = await RunningApp.StartAsync(("ConnectionStrings:Main", _connection), ("ConnectionStrings:Redis", _redis.ConnectionString), ("Redis:TimeoutMilliseconds", "1000"));
        _model = await ScriptedModel.PublishAsync(_app);
        var tier = _app.Configuration.Tiers.Values.Single(tier => tier.Name == _model.Name);
        await _app.PutAsync(tier with { RequestsPerMinute = 10_000, Quotas = [new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Lifetime, Limit = Usd.NanosPerDollar }] });
        await CallAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_model is not null) await _model.DisposeAsync();
        if (_app is not null) await _app.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("hung")]
    [InlineData("read-only")]
    [InlineData("flushed")]
    public async Task Redis_InTrouble_FailsNoCall_AndIsCaughtUpWith(string how)
    {
        await using var admin = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString + ",allowAdmin=true");
        var server = admin.GetServers()[0];
        await (how switch
        {
            "killed" => _redis.KillAsync(),
            "hung" => _redis.HangAsync(),
            "read-only" => server.ExecuteAsync("REPLICAOF", "127.0.0.1", "1"),
            _ => server.FlushAllDatabasesAsync(),
        });

        await CallAsync();
        await UntilAsync(() => Redis.IsDegraded == (how != "flushed"));
        (await StatusAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
        if (how == "killed") await _redis.StartAgainAsync();
        if (how == "hung") await _redis.ResumeAsync();
        if (how == "read-only") await server.ExecuteAsync("REPLICAOF", "NO", "ONE");

        await UntilAsync(() => !Redis.IsDegraded);
        await CallAsync();
        await BooksHoldAsync(calls: 3 * Calls);
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("hung")]
    [InlineData("exhausted")]
    public async Task Database_InTrouble_FailsNoCall_AndIsCaughtUpWith(string how)
    {
        var held = new List<NpgsqlConnection>();
        if (how == "killed") await postgres.KillAsync();
        if (how == "hung") _database.Hang();
        if (how == "exhausted") await ExhaustAsync(held);

        await CallAsync();

        // The ledger's own connection is none of the pool's that others could take.
        await UntilAsync(() => Ledger.IsDatabaseAway == (how != "exhausted"));
        (await StatusAsync("/health/live")).ShouldBe(HttpStatusCode.OK);
        if (how != "exhausted") (await StatusAsync("/health/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        await Should.ThrowAsync<Exception>(() => _app.CreateTierAsync("while it is away"));
        if (how == "killed") (await StatusAsync("/v1/jobs", _model.Key)).ShouldBe(HttpStatusCode.ServiceUnavailable);
        if (how == "killed") await postgres.StartAsync();
        if (how == "hung") _database.Resume();
        foreach (var connection in held) await connection.DisposeAsync();

        await UntilAsync(() => !Ledger.IsDatabaseAway && Ledger.JournalBytes == 0);
        await CallAsync();
        (await StatusAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
        await _app.CreateTierAsync("when it is back");
        await BooksHoldAsync(calls: 3 * Calls);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1_100)]
    public async Task Database_Slow_FailsNoCall_AndIsCaughtUpWith(int milliseconds)
    {
        // The ledger waits a second for an answer; after that it goes on as if there were no database, until what waits in the journal was taken after all, for which it has more time.
        var isTooSlow = milliseconds > 1_000;
        _database.SlowDown(TimeSpan.FromMilliseconds(milliseconds));

        var calling = CallAsync();
        if (isTooSlow) await UntilAsync(() => Ledger.IsDatabaseAway);
        await calling;
        if (!isTooSlow) await _app.CreateTierAsync("while it is slow");
        (await StatusAsync("/health/live")).ShouldBe(HttpStatusCode.OK);
        _database.Resume();

        await UntilAsync(() => !Ledger.IsDatabaseAway && Ledger.JournalBytes == 0);
        await CallAsync();
        await _app.CreateTierAsync("when it is fast");
        await BooksHoldAsync(calls: 3 * Calls);
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("hung")]
    public async Task Both_InTrouble_LetKnownBudgetsGoOn_AndRefuseWhatNobodyCanKnow(string how)
    {
        var tier = await _app.CreateTierAsync("unheard of", tier => tier with { Quotas = [new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Lifetime, Limit = Usd.NanosPerDollar }] });
        await _app.CreateTenantAsync(tier.Name, tier.Name);
        var stranger = await _app.IssueKeyAsync(tier.Name);
        if (how == "hung") _database.Hang();
        else await postgres.KillAsync();
        await (how == "hung" ? _redis.HangAsync() : _redis.KillAsync());

        await CallAsync();
        await UntilAsync(() => Redis.IsDegraded && Ledger.IsDatabaseAway);
        (await StatusAsync("/health/live")).ShouldBe(HttpStatusCode.OK);
        using var client = _app.Client(stranger);
        using var refused = await client.PostAsync("/v1/chat/completions", new StringContent(_model.Ask(), System.Text.Encoding.UTF8, "application/json"), Cancellation);
        (refused.StatusCode, refused.Headers.RetryAfter?.Delta).ShouldBe((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(5)));
        await (how == "hung" ? _redis.ResumeAsync() : _redis.StartAgainAsync());
        if (how == "hung") _database.Resume();
        else await postgres.StartAsync();

        await UntilAsync(() => !Redis.IsDegraded && !Ledger.IsDatabaseAway && Ledger.JournalBytes == 0);
        await CallAsync();
        await BooksHoldAsync(calls: 3 * Calls);
    }

    private async Task CallAsync() =>
        (await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => _model.PostAsync(_model.Ask("\"max_tokens\":20"))))).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);

    /// <summary>Every call stands in the books once, and the budget says the same.</summary>
    private async Task BooksHoldAsync(int calls)
    {
        // On a busy machine a database is late, too: its calls wait in the journal, or in memory for want of both.
        using (var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50)))
        {
            for (var looks = 0; looks < MostLooks && (await _model.RecordsAsync()).Count < calls; looks++) await ticks.WaitForNextTickAsync(Cancellation);
        }

        (await _model.RecordsAsync()).Count.ShouldBe(calls);
        using var client = _app.Client(_model.Key);
        using var usage = JsonDocument.Parse(await client.GetStringAsync("/v1/usage", Cancellation));
        var quota = usage.RootElement.GetProperty("quotas")[0];
        (quota.GetProperty("spent").GetDecimal(), quota.GetProperty("reserved").GetDecimal()).ShouldBe((calls * CostOfCall.Dollars, 0m));
    }

    /// <summary>Takes every connection of the app's own pool, which is shared by all who name the same connection string.</summary>
    private async Task ExhaustAsync(List<NpgsqlConnection> held)
    {
        try
        {
            while (true)
            {
                held.Add(new NpgsqlConnection(_connection));
                await held[^1].OpenAsync(Cancellation);
            }
        }
        catch (NpgsqlException)
        {
            // None is left.
        }
    }

    private async Task<HttpStatusCode> StatusAsync(string path, string? key = null)
    {
        using var client = key is null ? null : _app.Client(key);
        using var answer = await (client ?? _app.Http).GetAsync(path, Cancellation);
        return answer.StatusCode;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition()) await ticks.WaitForNextTickAsync(Cancellation);
    }
}
