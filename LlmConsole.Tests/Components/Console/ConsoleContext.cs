using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using LlmConsole.Authentication;
using LlmConsole.Components.Console.Keys;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.Components;
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
        Services.AddStorage(StorageOptions.From(_directory, null)).AddConfigurationRoom().AddSingleton<UsageQueries>();
        Services.AddSingleton<TimeProvider>(Time);
        Services.AddScoped<ClientAddress>().AddScoped<SignedInEditor>().AddScoped<KeyActions>();
        SignIn(Access.View, Access.Edit);
        JSInterop.Mode = JSRuntimeMode.Loose;
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        await Services.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancellation);
        await Store.ReloadAsync(Cancellation);
        await Services.GetRequiredService<Seed>().ApplyAsync(Cancellation);
        Services.GetRequiredService<ClientAddress>().Value = "192.0.2.7";
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
        _user.SetClaims(new Claim(ClaimTypes.NameIdentifier, "usr_ada"));
        _user.SetPolicies(policies);
    }

    private protected async Task<IssuedKey> IssueAsync(string name)
    {
        var issued = IssuedKey.Create(ApiKeyKind.Live, name, DefaultTenant.Id, Time);
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(issued.Key), Cancellation);
        return issued;
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
}
