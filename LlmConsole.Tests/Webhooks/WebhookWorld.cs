using System.Net;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Webhooks;

/// <summary>Webhooks without the process around them: a database, a clock that the test turns, and a receiver on a real socket. What is due is delivered when the test says so.</summary>
internal sealed class WebhookWorld : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-hooks-").FullName;
    private ServiceProvider _services = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public FakeTimeProvider Time { get; private init; } = new(new DateTimeOffset(2027, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public ScriptedProvider Receiver { get; private init; } = null!;

    public ConfigurationSnapshot Snapshot => Get<ConfigurationStore>().Current;

    /// <param name="connection">The database; none is SQLite.</param>
    /// <param name="lookup">What names resolve to; without it what the machine says.</param>
    /// <param name="beside">Another instance, whose clock and receiver it shares.</param>
    public static async Task<WebhookWorld> StartAsync(string? connection = null, bool allowPrivate = true, NameLookup? lookup = null, WebhookWorld? beside = null)
    {
        var receiver = beside?.Receiver ?? await ScriptedProvider.StartAsync();
        receiver.Otherwise = Play.Json("{}");
        var world = beside is null ? new WebhookWorld { Receiver = receiver } : new WebhookWorld { Receiver = receiver, Time = beside.Time };
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(world.Time).AddSingleton<ISecretProtector, Backwards>()
            .AddStorage(StorageOptions.From(world._directory, connection)).AddRedis(RedisOptions.None).AddConfigurationRoom().AddWebhooks(new WebhookOptions { AllowPrivate = allowPrivate });
        if (lookup is not null) services.AddSingleton(lookup);
        world._services = services.BuildServiceProvider();
        if (connection is null) await FreshDatabase.PutAsync(world._directory);
        await world.Get<DatabaseStartup>().PrepareAsync(Cancellation);
        await world.Get<ConfigurationStore>().ReloadAsync(Cancellation);
        if (beside is null) await world.Get<Seed>().ApplyAsync(Cancellation);
        return world;
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public Task<IssuedWebhook> CreateAsync(string? url = null, WebhookFormat format = WebhookFormat.Standard, params string[] events) =>
        Get<WebhookEdits>().CreateAsync(Actor.System, new WebhookDraft(null, url ?? $"{Receiver.BaseUrl}/hook", format, events.Length == 0 ? ["*"] : events), Cancellation);

    /// <summary>An event happens, and is not delivered yet.</summary>
    public async Task<Delivery> HappenAsync(string type = EventTypes.JobFailed, string? tenantId = null)
    {
        await Get<WebhookOutbox>().PublishAsync(new WebhookEvent(type, tenantId, "job_1", new() { ["id"] = "job_1" }, "A job <failed> & more."), Cancellation);
        return (await DeliveriesAsync())[^1];
    }

    /// <summary>Makes the attempts that are due now, one after the other; how many.</summary>
    public async Task<int> DeliverAsync()
    {
        var count = 0;
        while (await Get<DeliveryClaims>().ClaimAsync([.. Snapshot.Webhooks.Values.Where(endpoint => endpoint.IsEnabled).Select(endpoint => endpoint.Id)], Cancellation) is { } claim)
        {
            await Get<DeliveryRun>().AttemptAsync(claim, Snapshot.Webhooks[claim.EndpointId], Cancellation);
            count++;
        }

        return count;
    }

    /// <summary>Turns the clock until the next attempt of a delivery and makes it.</summary>
    public async Task<Delivery> NextAttemptAsync(string deliveryId)
    {
        var wait = (await FindAsync(deliveryId)).NextAt - Time.GetUtcNow();
        if (wait > TimeSpan.Zero) Time.Advance(wait + TimeSpan.FromMilliseconds(1));
        await DeliverAsync();
        return await FindAsync(deliveryId);
    }

    public async Task<Delivery> FindAsync(string id) => (await Get<DeliveryQueries>().FindAsync(id, Cancellation))!;

    public Task<IReadOnlyList<DeliveryAttempt>> AttemptsAsync(string id) => Get<DeliveryQueries>().AttemptsAsync(id, Cancellation);

    public async Task<IReadOnlyList<Delivery>> DeliveriesAsync()
    {
        await using var db = await Get<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        return await db.Set<Delivery>().AsNoTracking().OrderBy(delivery => delivery.Id).ToListAsync(Cancellation);
    }

    public static NameLookup Resolving(params string[] addresses) => (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray());

    public async ValueTask DisposeAsync()
    {
        await Receiver.DisposeAsync();
        await CloseAsync();
    }

    /// <summary>Ends this instance, and leaves the receiver to the other.</summary>
    public async Task CloseAsync()
    {
        await _services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
    }

    private sealed class Backwards : ISecretProtector
    {
        public string Protect(string purpose, string secret) => new([.. secret.Reverse()]);

        public string Unprotect(string purpose, string protectedSecret) => new([.. protectedSecret.Reverse()]);
    }
}
