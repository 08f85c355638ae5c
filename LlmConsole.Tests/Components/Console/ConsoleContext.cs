using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Console.Keys;
using LlmConsole.Components.Layout.Search;
using LlmConsole.Components.Shared;
using LlmConsole.Core;
using LlmConsole.Core.Alerts;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Views;
using LlmConsole.Core.Webhooks;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MudBlazor;
using MudBlazor.Services;

namespace LlmConsole.Tests.Components.Console;

/// <summary>What the console's pages and dialogs need: the seeded configuration on a real SQLite file, a clock that stands still, and a signed-in admin.</summary>
public abstract class ConsoleContext : BunitContext, IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-console-").FullName;

    private BunitAuthorizationContext? _user;

    protected static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    private protected ConfigurationStore Store => Services.GetRequiredService<ConfigurationStore>();

    private protected ConfigurationSnapshot Snapshot => Store.Current;

    private protected Tenant DefaultTenant => Snapshot.Tenants.Values.Single(tenant => tenant.Name == Seed.DefaultName);

    public async ValueTask InitializeAsync()
    {
        Services.AddMudServices();
        Services.AddStorage(StorageOptions.From(_directory, null)).AddConfigurationRoom().AddRedis(RedisOptions.None).AddChat().AddJobs(new JobOptions { MaxRequestBytes = 1024 * 1024 }).AddSingleton(new LedgerOptions());
        Services.AddSingleton<ISecretProtector, Labelled>().AddWebhooks(new WebhookOptions { AllowPrivate = true }).AddAlerts();
        Services.AddSingleton<TimeProvider>(Time);
        AddServices(Services);
        Services.AddScoped<ClientAddress>().AddScoped<SignedInEditor>().AddScoped<KeyActions>().AddScoped<ReaderZone>().AddScoped<Toasts>().AddSingleton<Standings>().AddSingleton<UserDirectory>().AddSingleton<GlobalSearch>().AddSingleton<SavedViews>();
        SignIn(Access.View, Access.Edit);
        JSInterop.Mode = JSRuntimeMode.Loose;
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        await FreshDatabase.PutAsync(_directory);
        await Services.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancellation);
        await Store.ReloadAsync(Cancellation);
        await Services.GetRequiredService<Seed>().ApplyAsync(Cancellation);
        Services.GetRequiredService<ClientAddress>().Value = "192.0.2.7";
    }

    /// <summary>What a class of tests needs besides, or instead.</summary>
    private protected virtual void AddServices(IServiceCollection services)
    {
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await base.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected void SignIn(params string[] policies)
    {
        _user ??= AddAuthorization();
        _user.SetAuthorized("ada@example.com");
        var role = policies.Contains(Access.Own) ? UserRole.Owner : policies.Contains(Access.Edit) ? UserRole.Admin : UserRole.Viewer;
        _user.SetClaims(new Claim(ClaimTypes.NameIdentifier, "usr_ada"), new Claim(ClaimTypes.Role, $"{role}"));
        _user.SetPolicies(policies);
    }

    private protected async Task<IssuedKey> IssueAsync(string name)
    {
        var issued = IssuedKey.Create(ApiKeyKind.Live, name, DefaultTenant.Id, Time);
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(issued.Key), Cancellation);
        return issued;
    }

    /// <summary>Writes a call into the books.</summary>
    private protected async Task<UsageRecord> RecordAsync(string tenantId, Func<UsageRecord, UsageRecord>? change = null)
    {
        var record = new UsageRecord { RequestId = Ids.New("req", Time), StartedAt = Time.GetUtcNow(), TenantId = tenantId, ModelAsked = "m", ModelServed = "m", Outcome = Outcome.Answered, Status = 200, UsageSource = UsageSource.Provider, InputTokens = 100, OutputTokens = 50, DurationMs = 400 };
        record = change?.Invoke(record) ?? record;
        await using var writer = new UsageWriter(Services.GetRequiredService<DatabaseConnections>());
        await writer.WriteAsync([record], Cancellation);
        return record;
    }

    private protected async Task<IReadOnlyList<AuditEntry>> AuditAsync() =>
        (await Services.GetRequiredService<AuditQueries>().PageAsync(new AuditFilter(), 100, null, Cancellation)).Entries;

    /// <summary>The place where dialogs appear.</summary>
    private protected IRenderedComponent<MudDialogProvider> Dialogs()
    {
        Render<MudPopoverProvider>();
        return Render<MudDialogProvider>();
    }

    private protected Task OpenAsync<TDialog>(IRenderedComponent<MudDialogProvider> dialogs, DialogParameters<TDialog> parameters) where TDialog : IComponent =>
        dialogs.InvokeAsync(() => Services.GetRequiredService<IDialogService>().ShowAsync<TDialog>("Dialog", parameters));

    private sealed class Labelled : ISecretProtector
    {
        public string Protect(string purpose, string secret) => $"{purpose}:{secret}";

        public string Unprotect(string purpose, string protectedSecret) => protectedSecret[(purpose.Length + 1)..];
    }
}
