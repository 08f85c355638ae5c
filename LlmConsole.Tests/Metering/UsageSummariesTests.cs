using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Metering;

public sealed class UsageSummariesTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IAsyncDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-summaries-").FullName;
    private ServiceProvider? _services;
    private int _calls;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_services is not null) await _services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_Records_SumsThoseInsideTheTime(bool onPostgres)
    {
        await OpenAsync(onPostgres);
        await AddAsync(
            Call(Noon, Outcome.Answered, 10) with { InputTokens = 5, CachedInputTokens = 2, OutputTokens = 3, Cost = new Usd(7) },
            Call(Noon.AddMinutes(1), Outcome.Answered, 30) with { InputTokens = 1, OutputTokens = 4, Cost = new Usd(11) },
            Call(Noon.AddMinutes(2), Outcome.Answered, 20),
            Call(Noon.AddMinutes(3), Outcome.Refused, null),
            Call(Noon.AddMinutes(4), Outcome.Failed, null),
            Call(Noon.AddMinutes(5), Outcome.Incomplete, 40),
            Call(Noon.AddMilliseconds(-1), Outcome.Answered, 1) with { Cost = new Usd(1_000) },
            Call(Noon.AddHours(1), Outcome.Answered, 1) with { Cost = new Usd(1_000) });

        (await SummaryAsync()).ShouldBe(new UsageSummary(6, 1, 2, 8, 7, new Usd(18), 20));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_NoRecords_IsZeroWithoutAMedian(bool onPostgres)
    {
        await OpenAsync(onPostgres);

        (await SummaryAsync()).ShouldBe(new UsageSummary(0, 0, 0, 0, 0, Usd.Zero, null));
    }

    private async Task OpenAsync(bool onPostgres)
    {
        var storage = StorageOptions.From(_directory, onPostgres ? await postgres.NewDatabaseAsync() : null);
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddStorage(storage).AddSingleton<UsageSummaries>().BuildServiceProvider();
        await _services.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancellation);
    }

    private Task<UsageSummary> SummaryAsync() => _services!.GetRequiredService<UsageSummaries>().OfAsync(Noon, Noon.AddHours(1), Cancellation);

    private UsageRecord Call(DateTimeOffset at, Outcome outcome, double? firstToken) => new()
    {
        RequestId = $"req_{_calls++}", StartedAt = at, TenantId = "ten_1", ModelAsked = "m", Outcome = outcome, Status = 200, FirstTokenMs = firstToken,
    };

    private async Task AddAsync(params UsageRecord[] records)
    {
        await using var db = await _services!.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        db.AddRange(records);
        await db.SaveChangesAsync(Cancellation);
    }
}
