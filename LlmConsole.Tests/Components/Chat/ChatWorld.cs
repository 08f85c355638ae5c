using LlmConsole.Components.Chat;
using LlmConsole.Components.Chat.Answering;
using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Conversations;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace LlmConsole.Tests.Components.Chat;

/// <summary>The chat page's services on a real SQLite file, with the real gateway and the simulator behind it, and two users of the seeded tenant.</summary>
internal sealed class ChatWorld : IAsyncDisposable
{
    public const string Ada = "user_ada";
    public const string Bob = "user_bob";

    /// <summary>Sends one word, and the next after ten minutes.</summary>
    public const string SlowModel = "slow";
    public const string EchoModel = "simulator/echo";

    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-chat-").FullName;
    private readonly Lifetime _lifetime = new();
    private IReadOnlyList<IHostedService> _running = [];
    private ServiceProvider _services = null!;

    public ConversationStore Conversations => Get<ConversationStore>();
    public ConversationShelf Shelf => Get<ConversationShelf>();
    public LiveAnswers Answers => Get<LiveAnswers>();
    public string TenantId => Get<ConfigurationStore>().Current.Tenants.Keys.Single();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<ChatWorld> CreateAsync(TimeProvider? time = null)
    {
        var world = new ChatWorld();
        var services = new ServiceCollection().AddLogging();
        services.AddSingleton<IHostApplicationLifetime>(world._lifetime);
        services.AddSingleton<IHostEnvironment>(new Place());
        services.AddSingleton<ISecretProtector, NoSecrets>();
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddStorage(StorageOptions.From(world._directory, null)).AddConfigurationRoom().AddRedis(RedisOptions.None).AddSingleton(new LedgerOptions()).AddSingleton(new CachingOptions()).AddChat().AddChatPage();
        world._services = services.BuildServiceProvider();
        await world.PrepareAsync(TestContext.Current.CancellationToken);
        return world;
    }

    /// <summary>The texts of the branch that is shown.</summary>
    public Task<IReadOnlyList<Message>> MessagesAsync(ConversationThread thread) =>
        Conversations.ReadAsync(thread.Conversation.UserId, thread.Conversation.Id, [.. thread.Turns.Select(turn => turn.MessageId)], TestContext.Current.CancellationToken);

    /// <summary>The texts of Ada's conversation, the branch that is shown.</summary>
    public async Task<IReadOnlyList<Message>> MessagesAsync(string conversationId) =>
        await MessagesAsync((await Conversations.FindAsync(Ada, conversationId, TestContext.Current.CancellationToken)).ShouldNotBeNull());

    /// <summary>Hands the services to a component test.</summary>
    public void Lend(IServiceCollection components) => components
        .AddSingleton(Conversations).AddSingleton(Shelf).AddSingleton(Answers).AddSingleton(Get<ConversationCalls>()).AddSingleton(Get<ConversationNews>())
        .AddSingleton(Get<Core.Metering.UsageQueries>()).AddSingleton(Get<TimeProvider>()).AddSingleton(Get<HealthBook>())
        .AddSingleton(Get<ConfigurationStore>()).AddSingleton(new Standings(Get<Limiter>(), Get<SpendQueries>(), Get<TimeProvider>())).AddSingleton<ReaderZone>();

    public Task SuspendAsync(string reason) => EditAsync(snapshot => Change.Put(snapshot.Tenants[TenantId] with { Status = TenantStatus.Suspended, StatusReason = reason }));

    public Task ResumeAsync() => EditAsync(snapshot => Change.Put(snapshot.Tenants[TenantId] with { Status = TenantStatus.Active, StatusReason = null }));

    public Task EditAsync(Func<ConfigurationSnapshot, Change> edit) =>
        Get<ConfigurationEditor>().SaveAsync(Actor.System, snapshot => [edit(snapshot)], TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _lifetime.StopApplication();
        foreach (var service in _running) await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        _lifetime.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        await FreshDatabase.PutAsync(_directory);
        await Get<DatabaseStartup>().PrepareAsync(cancellation);
        await Get<ConfigurationStore>().ReloadAsync(cancellation);
        await Get<Seed>().ApplyAsync(cancellation);
        await EditAsync(snapshot => Change.Put(new Model { Id = "mod_slow", Name = SlowModel, Targets = [new ModelTarget(snapshot.Providers.Keys.Single(), "lorem-50-0-600000")], Timeouts = new ModelTimeouts { IdleSeconds = 600 } }));
        await using (var db = await Get<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(cancellation))
        {
            db.AddRange(new User { Id = Ada, UserName = "ada@example.com", TenantId = TenantId }, new User { Id = Bob, UserName = "bob@example.com", TenantId = TenantId });
            await db.SaveChangesAsync(cancellation);
        }

        _running = [.. _services.GetServices<IHostedService>()];
        foreach (var service in _running) await service.StartAsync(cancellation);
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;
        public CancellationToken ApplicationStopping => _stopping.Token;
        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }

    private sealed class Place : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;
        public string ApplicationName { get; set; } = "LlmConsole";
        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }

    private sealed class NoSecrets : ISecretProtector
    {
        public string Protect(string purpose, string secret) => secret;

        public string Unprotect(string purpose, string protectedSecret) => protectedSecret;
    }
}
