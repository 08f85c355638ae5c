using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Idempotency;

public sealed class IdempotencyStoreOnSqliteTests : IdempotencyStoreTests
{
    protected override Task<string?> ConnectionAsync() => Task.FromResult<string?>(null);
}

public sealed class IdempotencyStoreOnPostgresTests(SharedPostgres postgres) : IdempotencyStoreTests, IClassFixture<SharedPostgres>
{
    // A hundred claims at once would take all the connections that the server has.
    protected override async Task<string?> ConnectionAsync() => await postgres.NewDatabaseAsync() + ";Maximum Pool Size=20";
}

/// <summary>The contract of the keys' memory, the same on both databases.</summary>
public abstract class IdempotencyStoreTests : IAsyncLifetime
{
    private static readonly IdempotentRequest Request = Asking("k-1");
    private static readonly byte[] Answer = [1, 2, 3];

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-").FullName;
    private ServiceProvider _services = null!;
    private IdempotencyStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IDbContextFactory<LlmConsoleDbContext> Contexts => _services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>();

    public async ValueTask InitializeAsync()
    {
        var connection = await ConnectionAsync();
        if (connection is null) await FreshDatabase.PutAsync(_directory);
        _services = new ServiceCollection().AddStorage(StorageOptions.From(_directory, connection)).BuildServiceProvider();
        await _services.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancellation);
        _store = Instance();
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
    public async Task Claim_HeldByARunningCall_IsInProgress()
    {
        using var claim = await ClaimedAsync(Request, "req_1");

        var refusal = await RefusedAsync(Request, "req_2");

        refusal.Error.ShouldBe(ErrorCode.IdempotencyInProgress);
        refusal.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
        refusal.Message.ShouldContain("req_1");
    }

    [Fact]
    public async Task Claim_HundredAtOnceOnTwoInstances_OneRuns()
    {
        var stores = new[] { _store, Instance() };

        var claims = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => TryAsync(stores[i % 2], Request, $"req_{i}"), Cancellation)));

        using var claim = claims.OfType<IdempotencyClaim>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Claim_Answered_FindsTheAnswer()
    {
        using (var claim = await ClaimedAsync(Request, "req_1")) await claim.KeepAsync(Answer);

        var kept = (await LookUpAsync(Request, "req_2")).Kept.ShouldNotBeNull();

        kept.RequestId.ShouldBe("req_1");
        kept.Answer.ShouldBe(Answer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Claim_AnotherPayload_IsAMismatch(bool isAnswered)
    {
        using var claim = await ClaimedAsync(Request, "req_1");
        if (isAnswered) await claim.KeepAsync(Answer);

        (await RefusedAsync(Request with { PayloadHash = "other" }, "req_2")).Error.ShouldBe(ErrorCode.IdempotencyMismatch);
    }

    [Fact]
    public async Task Claim_AnotherTenantOrKey_IsFree()
    {
        using var first = await ClaimedAsync(Request, "req_1");

        using var second = await ClaimedAsync(Request with { TenantId = "ten_2" }, "req_2");
        using var third = await ClaimedAsync(Request with { Key = "K-1" }, "req_3");
    }

    [Fact]
    public async Task Claim_Released_IsFree()
    {
        using (var claim = await ClaimedAsync(Request, "req_1")) await claim.ReleaseAsync();

        using var again = await ClaimedAsync(Request with { PayloadHash = "other" }, "req_2");
    }

    [Fact]
    public async Task Claim_Spent_IsRefused()
    {
        using (var claim = await ClaimedAsync(Request, "req_1")) await claim.SpendAsync();

        (await RefusedAsync(Request, "req_2")).Error.ShouldBe(ErrorCode.IdempotencyAnswerUnavailable);
    }

    [Fact]
    public async Task Claim_LeaseOfADeadProcess_IsTakenOverOnlyOnceItIsOver()
    {
        (await ClaimedAsync(Request, "req_1")).Dispose();
        _time.Advance(IdempotencyStore.Lease - TimeSpan.FromMilliseconds(1));
        (await RefusedAsync(Request, "req_2")).Error.ShouldBe(ErrorCode.IdempotencyInProgress);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        using var claim = await ClaimedAsync(Request, "req_3");

        (await RefusedAsync(Request, "req_4")).Message.ShouldContain("req_3");
    }

    [Fact]
    public async Task Claim_LeaseOfADeadProcessThatCharged_IsSpent()
    {
        (await ClaimedAsync(Request, "req_1")).Dispose();
        _time.Advance(IdempotencyStore.Lease);

        (await RefusedAsync(Request, "req_2", wasCharged: id => id == "req_1")).Error.ShouldBe(ErrorCode.IdempotencyAnswerUnavailable);
        (await RefusedAsync(Request, "req_3")).Error.ShouldBe(ErrorCode.IdempotencyAnswerUnavailable);
    }

    [Fact]
    public async Task Claim_ExpiredLeaseHundredAtOnce_OneTakesOver()
    {
        (await ClaimedAsync(Request, "req_dead")).Dispose();
        _time.Advance(IdempotencyStore.Lease);

        var claims = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => TryAsync(_store, Request, $"req_{i}"), Cancellation)));

        using var claim = claims.OfType<IdempotencyClaim>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Renew_RunningCall_KeepsItsClaim()
    {
        using var claim = await ClaimedAsync(Request, "req_1");
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(IdempotencyUpkeep.Period);
            await Upkeep().RunOnceAsync(Cancellation);
        }

        (await RefusedAsync(Request, "req_2")).Error.ShouldBe(ErrorCode.IdempotencyInProgress);
    }

    [Fact]
    public async Task Keep_AfterTheClaimWasLost_ChangesNothing()
    {
        using var lost = await ClaimedAsync(Request, "req_1");
        _time.Advance(IdempotencyStore.Lease);
        using var claim = await ClaimedAsync(Request, "req_2");

        await lost.KeepAsync([9]);
        await lost.ReleaseAsync();

        (await RefusedAsync(Request, "req_3")).Message.ShouldContain("req_2");
        await claim.KeepAsync(Answer);
        (await LookUpAsync(Request, "req_4")).Kept.ShouldNotBeNull().RequestId.ShouldBe("req_2");
    }

    [Fact]
    public async Task Claim_After24Hours_IsNewWhateverThePayload()
    {
        using (var claim = await ClaimedAsync(Request, "req_1")) await claim.KeepAsync(Answer);
        _time.Advance(IdempotencyStore.KeptFor - TimeSpan.FromMilliseconds(1));
        (await LookUpAsync(Request, "req_2")).Kept.ShouldNotBeNull();

        _time.Advance(TimeSpan.FromMilliseconds(1));

        using var again = await ClaimedAsync(Request with { PayloadHash = "other" }, "req_3");
        await again.KeepAsync([4]);
        (await LookUpAsync(Request with { PayloadHash = "other" }, "req_4")).Kept.ShouldNotBeNull().Answer.ShouldBe([4]);
    }

    [Fact]
    public async Task Sweep_Expired_GoInChunksAndTheOthersStay()
    {
        for (var i = 0; i < 5; i++) (await ClaimedAsync(Asking($"old-{i}"), $"req_{i}")).Dispose();
        _time.Advance(IdempotencyStore.KeptFor);
        (await ClaimedAsync(Asking("new"), "req_new")).Dispose();

        (await _store.SweepAsync(3, Cancellation)).ShouldBe(3);
        (await CountAsync()).ShouldBe(3);
        await Upkeep().RunOnceAsync(Cancellation);

        (await CountAsync()).ShouldBe(1);
        (await RefusedAsync(Asking("new"), "req_2")).Message.ShouldContain("req_new");
    }

    private static IdempotentRequest Asking(string key) => IdempotentRequest.Of("ten_1", key, "/v1/chat/completions", "{}"u8);

    private IdempotencyStore Instance() => new(Contexts, _services.GetRequiredService<DatabaseConnections>(), _time, NullLogger<IdempotencyStore>.Instance);

    private IdempotencyUpkeep Upkeep() => new(_store, new DutyRoster(_services.GetRequiredService<DatabaseConnections>(), _time), _time, NullLogger<IdempotencyUpkeep>.Instance);

    private Task<IdempotencyLookup> LookUpAsync(IdempotentRequest request, string requestId) => _store.ClaimAsync(request, requestId, _ => Task.FromResult(false), Cancellation);

    private async Task<IdempotencyClaim> ClaimedAsync(IdempotentRequest request, string requestId) => (await LookUpAsync(request, requestId)).Claim.ShouldNotBeNull();

    private Task<RefusalException> RefusedAsync(IdempotentRequest request, string requestId, Func<string, bool>? wasCharged = null) =>
        Should.ThrowAsync<RefusalException>(() => _store.ClaimAsync(request, requestId, id => Task.FromResult(wasCharged?.Invoke(id) ?? false), Cancellation));

    /// <summary>The claim, or none when another call has it.</summary>
    private static async Task<IdempotencyClaim?> TryAsync(IdempotencyStore store, IdempotentRequest request, string requestId)
    {
        try
        {
            return (await store.ClaimAsync(request, requestId, _ => Task.FromResult(false), Cancellation)).Claim;
        }
        catch (RefusalException refusal) when (refusal.Error == ErrorCode.IdempotencyInProgress)
        {
            return null;
        }
    }

    private async Task<int> CountAsync()
    {
        await using var db = await Contexts.CreateDbContextAsync(Cancellation);
        return await db.Set<IdempotencyRecord>().CountAsync(Cancellation);
    }
}
