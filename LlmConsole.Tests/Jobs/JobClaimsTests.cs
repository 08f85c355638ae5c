using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Jobs;

public sealed class JobClaimsOnSqliteTests : JobClaimsTests
{
    protected override Task<string?> ConnectionAsync() => Task.FromResult<string?>(null);
}

public sealed class JobClaimsOnPostgresTests(SharedPostgres postgres) : JobClaimsTests, IClassFixture<SharedPostgres>
{
    protected override async Task<string?> ConnectionAsync() => await postgres.NewDatabaseAsync();
}

/// <summary>Who may change a job: on both databases, with a clock that the test turns.</summary>
public abstract class JobClaimsTests : IAsyncLifetime
{
    private static readonly JobOptions Options = new() { MaxRequestBytes = 1024 };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2027, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-jobs-").FullName;
    private ServiceProvider _services = null!;
    private JobClaims _claims = null!;
    private JobStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var connection = await ConnectionAsync();
        if (connection is null) await FreshDatabase.PutAsync(_directory);
        _services = new ServiceCollection().AddStorage(StorageOptions.From(_directory, connection)).BuildServiceProvider();
        await _services.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancellation);
        var (contexts, connections) = (_services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>(), _services.GetRequiredService<DatabaseConnections>());
        var events = new JobEvents(new WebhookOutbox(contexts, new ConfigurationStore(connections, contexts), new WebhookBell(), _time));
        _claims = new JobClaims(contexts, connections, events, Options, _time);
        _store = new JobStore(contexts, new JobBell(), events, _time);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null) await _services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The database to run on; none is SQLite.</summary>
    protected abstract Task<string?> ConnectionAsync();

    [Fact]
    public async Task Claim_OfAJobThatRuns_IsRefusedUntilItsLeaseLapses()
    {
        await SubmitAsync(2);
        var first = (await ClaimAsync())!;

        (await ClaimAsync()).ShouldBeNull();
        _time.Advance(Options.Lease - TimeSpan.FromSeconds(1));
        (await _claims.RenewAsync(first, Cancellation)).ShouldBeTrue();
        _time.Advance(Options.Lease - TimeSpan.FromSeconds(1));
        (await ClaimAsync()).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await ClaimAsync())!.Fence.ShouldBe(first.Fence + 1);
    }

    [Fact]
    public async Task Worker_ThatWakesUpLate_ChangesNothing()
    {
        var job = await SubmitAsync(2);
        var late = (await ClaimAsync())!;
        _time.Advance(Options.Lease);
        var current = (await ClaimAsync())!;
        var items = await _claims.PendingAsync(current, -1, 10, Cancellation);

        (await _claims.SaveAsync(late, Ended(items[0]), Cancellation)).ShouldBeFalse();
        (await _claims.NextAttemptAsync(late, items[0], Cancellation)).ShouldBeFalse();
        (await _claims.RenewAsync(late, Cancellation)).ShouldBeFalse();
        (await _claims.FailAsync(late, "spend_limit_reached", "late", Cancellation)).ShouldBeFalse();
        await _claims.CompleteAsync(late, Cancellation);
        await _claims.ReleaseAsync(late, _time.GetUtcNow(), Cancellation);

        var row = (await _store.FindAsync(job.TenantId, job.Id, Cancellation))!;
        (row.State, row.Fence, row.Succeeded, row.SpentNanos).ShouldBe((JobState.Running, current.Fence, 0, 0));
        (await _claims.PendingAsync(current, -1, 10, Cancellation)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Save_OfTheSameItemTwice_CountsOnce()
    {
        var job = await SubmitAsync(2);
        var claim = (await ClaimAsync())!;
        var item = (await _claims.PendingAsync(claim, -1, 1, Cancellation))[0];

        (await _claims.SaveAsync(claim, Ended(item), Cancellation)).ShouldBeTrue();
        (await _claims.SaveAsync(claim, Ended(item), Cancellation)).ShouldBeFalse();

        var row = (await _store.FindAsync(job.TenantId, job.Id, Cancellation))!;
        (row.Succeeded, row.SpentNanos, row.LastOrder).ShouldBe((1, 7, 1));
        (await _store.ResultsAsync(job.Id, 0, 10, Cancellation)).ShouldHaveSingleItem().EndOrder.ShouldBe(1);
    }

    [Fact]
    public async Task Cancel_OfAJobThatRuns_LeavesItsWorkerNothing()
    {
        var job = await SubmitAsync(3);
        var claim = (await ClaimAsync())!;
        var items = await _claims.PendingAsync(claim, -1, 10, Cancellation);
        await _claims.SaveAsync(claim, Ended(items[1]), Cancellation);

        (await _store.CancelAsync("another", job.Id, Cancellation)).ShouldBeNull();
        (await _store.CancelAsync(job.TenantId, job.Id, Cancellation))!.State.ShouldBe(JobState.Cancelled);

        (await _claims.SaveAsync(claim, Ended(items[0]), Cancellation)).ShouldBeFalse();
        var results = await _store.ResultsAsync(job.Id, 0, 10, Cancellation);
        results.Select(item => (item.Index, item.State)).ShouldBe([(1, JobItemState.Succeeded), (0, JobItemState.Cancelled), (2, JobItemState.Cancelled)]);
    }

    [Fact]
    public async Task Complete_WithoutAnyAnswer_IsAFailure_AndRetryQueuesItAgain()
    {
        var job = await SubmitAsync(1);
        var claim = (await ClaimAsync())!;
        var item = (await _claims.PendingAsync(claim, -1, 1, Cancellation))[0];
        await _claims.SaveAsync(claim, item with { State = JobItemState.Failed, ErrorCode = "upstream_error", Error = "no", EndedAt = _time.GetUtcNow() }, Cancellation);
        await _claims.CompleteAsync(claim, Cancellation);

        var over = (await _store.FindAsync(job.TenantId, job.Id, Cancellation))!;
        (over.State, over.Failed).ShouldBe((JobState.Failed, 1));
        (await _store.RetryAsync(over, Cancellation)).ShouldBeTrue();
        (await _store.RetryAsync(over, Cancellation)).ShouldBeFalse();

        var again = (await ClaimAsync())!;
        (await _claims.PendingAsync(again, -1, 1, Cancellation)).ShouldHaveSingleItem().Attempt.ShouldBe(item.Attempt + 1);
    }

    [Fact]
    public async Task Clean_DeletesJobsThatAreOverAndOld_ItemsIncluded_AndLeavesTheOthers()
    {
        var (old, open) = (await SubmitAsync(3), await SubmitAsync(2));
        await _store.CancelAsync(old.TenantId, old.Id, Cancellation);
        var contexts = _services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>();
        var cleaning = new JobCleaning(_services.GetRequiredService<DatabaseConnections>(), Options, new DutyRoster(_services.GetRequiredService<DatabaseConnections>(), _time), _time);

        _time.Advance(Options.Retention - TimeSpan.FromMinutes(2));
        await cleaning.RunAsync(Cancellation);
        (await ItemsAsync()).ShouldBe([(old.Id, 3), (open.Id, 2)], ignoreOrder: true);
        _time.Advance(TimeSpan.FromMinutes(2));
        await cleaning.RunAsync(Cancellation);

        (await ItemsAsync()).ShouldBe([(open.Id, 2)]);
        (await _store.FindAsync(old.TenantId, old.Id, Cancellation)).ShouldBeNull();
        (await _store.FindAsync(open.TenantId, open.Id, Cancellation)).ShouldNotBeNull();

        async Task<IReadOnlyList<(string JobId, int Count)>> ItemsAsync()
        {
            await using var db = await contexts.CreateDbContextAsync(Cancellation);
            var counts = await db.Set<JobItem>().GroupBy(item => item.JobId).Select(items => new { items.Key, Count = items.Count() }).ToListAsync(Cancellation);
            return [.. counts.Select(items => (items.Key, items.Count))];
        }
    }

    private async Task<Job> SubmitAsync(int count)
    {
        var intake = new JobIntake(_services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>(), new JobBell(), _time);
        var tier = new Tier { Id = "tier_1", Name = "t", CreatedAt = _time.GetUtcNow() };
        var tenant = new Tenant { Id = $"ten_{Guid.NewGuid():N}", Name = "t", TierId = tier.Id, CreatedAt = _time.GetUtcNow() };
        var caller = new Caller { Snapshot = ConfigurationSnapshot.Empty, Tenant = tenant, Tier = tier };
        var (job, _) = await intake.SubmitAsync(caller, new JobDraft { Type = JobType.Batch }, null, Lines(count), () => "", Cancellation);
        return job;
    }

    private Task<Job?> ClaimAsync() => _claims.ClaimAsync([], Cancellation);

    private JobItem Ended(JobItem item) => item with { State = JobItemState.Succeeded, Result = "{}"u8.ToArray(), CostNanos = 7, EndedAt = _time.GetUtcNow() };

    private static async IAsyncEnumerable<JobLine> Lines(int count)
    {
        for (var i = 0; i < count; i++) yield return new JobLine($"{i}", """{"model":"m","messages":[{"role":"user","content":"x"}]}"""u8.ToArray());
        await Task.CompletedTask;
    }
}
