using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using Bunit;
using LlmConsole.Authentication;
using LlmConsole.Components.Account.Users;
using LlmConsole.Components.Console.Overview;
using LlmConsole.Components.Console.Playground;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Webhooks;
using LlmConsole.Hosting;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using MudBlazor;

namespace LlmConsole.Tests.Components.Console;

/// <summary>
/// Opens every page and dialog of the console as an admin, takes the rights away, and presses everything that is there: whoever holds on to an open page, or sends events
/// that no page of theirs has a button for, changes nothing. That the same presses do change something while the rights are there is shown, too: a new page or dialog that isn't reached fails here.
/// </summary>
public sealed partial class RightsOfHandlersTests : ConsoleContext
{
    /// <summary>Pages and dialogs that have nothing to change by a press: they show, filter, lead elsewhere, or need a file or another page first.</summary>
    private static readonly string[] Readers =
    [
        "AuditLogPage", "KeySecretDialog", "OverviewPage", "PasswordOnce", "RequestsPage", "SettingsPage", "UsagePage", "WebhookSecretDialog",

        // What they change needs answers in the cache, a message for a model, or several fields that fit each other: CachePagesTests, PlaygroundPageTests and ModelPageTests take the rights away there.
        "EntriesPage", "LabPage", "ModelPage", "PlaygroundPage",
    ];

    /// <summary>Starts a job with the second press of its button, once the first has told what it may cost: whether this walk comes to that is a matter of time.</summary>
    private const string Either = "NewJobPage";

    /// <summary>Pages on which everybody acts for themselves alone: their own account, conversations and sign-in, and the first owner, who is made where there is none.</summary>
    private static readonly string[] Personal = ["AccountPage", "ChatPage", "DeniedPage", "NotFound", "OwnerPage", "SignInPage"];

    private const string Pressable = "button:not([disabled]), input[type=checkbox], form";

    private readonly List<Task> _pressed = [];
    private readonly ConcurrentQueue<IDialogReference> _open = [];
    private IRenderedComponent<MudDialogProvider> _dialogs = null!;

    /// <summary>Names are new each time.</summary>
    private int _fills;

    public RightsOfHandlersTests()
    {
        var configuration = new ConfigurationBuilder().Build();
        Services.AddSingleton<IConfiguration>(configuration).AddAccess(Settings.Read(configuration));
        Services.AddSingleton<OverviewReader>().AddSingleton<LiveFeeds>().AddSingleton<PlaygroundCalls>().AddSingleton<IHostApplicationLifetime, ApplicationLifetime>();
    }

    /// <summary>All pages but personal ones, and dialogs that aren't told by their page what to do.</summary>
    private static IEnumerable<Type> Components => typeof(Program).Assembly.GetTypes()
        .Where(type => typeof(ComponentBase).IsAssignableFrom(type) && (IsPage(type) || (IsDialog(type) && type != typeof(DeleteDialog) && type != typeof(FormDialog))))
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    [Fact]
    public async Task Handlers_OfEveryPageAndDialog_ChangeNothingForAViewer()
    {
        await FillAsync();
        _dialogs = Dialogs();
        Services.GetRequiredService<IDialogService>().DialogInstanceAddedAsync += dialog =>
        {
            _open.Enqueue(dialog);
            return Task.CompletedTask;
        };
        var (changed, withoutRights) = (new List<string>(), new List<string>());

        foreach (var type in Components)
        {
            if (await PressAsync(type, mayEdit: false)) withoutRights.Add(type.Name);
        }

        foreach (var type in Components)
        {
            if (await PressAsync(type, mayEdit: true)) changed.Add(type.Name);
        }

        withoutRights.ShouldBeEmpty();
        Components.Select(type => type.Name).Except([.. changed, Either]).Order(StringComparer.Ordinal).ShouldBe(Readers.Order(StringComparer.Ordinal));
        typeof(Program).Assembly.GetTypes().Where(type => Personal.Contains(type.Name) && type.GetCustomAttributes<RouteAttribute>().Any()).Select(type => type.Name).Order(StringComparer.Ordinal).ShouldBe(Personal);
    }

    private static bool IsPage(Type type) => type.GetCustomAttributes<RouteAttribute>().Any() && !Personal.Contains(type.Name);

    private static bool IsDialog(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).Any(property => property.PropertyType == typeof(IMudDialogInstance));

    /// <summary>Whether anything in the database is different after everything was pressed.</summary>
    private async Task<bool> PressAsync(Type type, bool mayEdit)
    {
        SignIn(Access.View, Access.Edit, Access.Own);
        var parameters = await ParametersAsync(type);
        var before = await ContentAsync();
        IRenderedComponent<IComponent>? page = null;
        if (IsPage(type)) page = Render(builder => Open(builder, type, parameters));
        else _pressed.Add(_dialogs.InvokeAsync(() => Services.GetRequiredService<IDialogService>().ShowAsync(type, "Dialog", parameters)));
        if (!mayEdit) SignIn(Access.View);

        if (page is not null) await PressAllAsync(page);
        await SubmitAsync(_dialogs);
        await CloseAsync();
        await DisposeComponentsAsync();
        _dialogs = Dialogs();
        return await ContentAsync() != before;
    }

    /// <summary>Closes dialogs, and those that come up when others are closed, until every press has come to its end.</summary>
    private async Task CloseAsync()
    {
        var all = Task.WhenAll(_pressed);
        while (!all.IsCompleted || !_open.IsEmpty)
        {
            while (_open.TryDequeue(out var dialog)) await _dialogs.InvokeAsync(() => dialog.Close(DialogResult.Cancel()));
            await Task.Yield();
            Cancellation.ThrowIfCancellationRequested();
        }

        await all;
        _pressed.Clear();
    }

    private static void Open(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder, Type type, DialogParameters parameters)
    {
        builder.OpenComponent(0, type);
        foreach (var (name, value) in parameters) builder.AddComponentParameter(1, name, value);
        builder.CloseComponent();
    }

    /// <summary>Presses the page's buttons one after the other, and submits the form that each brings up. What a press draws anew is looked for again.</summary>
    private async Task PressAllAsync(IRenderedComponent<IComponent> page)
    {
        for (var i = 0; page.FindAll(Pressable) is { } all && i < all.Count; i++)
        {
            if (all[i].NodeName == "FORM") await SubmitAsync(page);
            else await TryAsync(page, Pressable, i, element => _pressed.Add(element.NodeName == "INPUT" ? element.ChangeAsync(true) : element.ClickAsync()));
            await SubmitAsync(_dialogs);
            await CloseAsync();
        }
    }

    /// <summary>Fills in and submits the forms that are there; twice, for some ask once more.</summary>
    private async Task SubmitAsync(IRenderedComponent<IComponent> place)
    {
        for (var i = 0; place.FindAll("form") is { } forms && i < forms.Count; i++)
        {
            foreach (var name in place.FindAll("form [name]").Select(field => field.GetAttribute("name")!).Distinct().ToList()) await FillAsync(place, name);
            for (var times = 0; times < 2; times++) await TryAsync(place, "form", i, form => _pressed.Add(form.SubmitAsync()));
            await Task.Yield();
        }
    }

    private async Task FillAsync(IRenderedComponent<IComponent> place, string name)
    {
        if (place.FindAll($"form [name='{name}']") is not [var field, ..] || field.GetAttribute("type") is "checkbox" or "radio" or "file" || field.GetAttribute("value") is { Length: > 0 }) return;
        if (field.NodeName == "SELECT")
        {
            if (field.QuerySelectorAll("option").Select(option => option.GetAttribute("value")).FirstOrDefault(value => value is { Length: > 0 }) is { } first) await TryAsync(place, $"form [name='{name}']", 0, element => element.Change(first));
            return;
        }

        var text = name.ToLowerInvariant() switch
        {
            "typedname" => place.FindAll("label").Select(label => TypedName().Match(label.TextContent)).First(match => match.Success).Groups[1].Value,
            "email" => $"user{_fills++}@example.com",
            "password" => "correct horse battery",
            "url" or "baseurl" => "https://example.com/hook",
            "name" => $"name {_fills++}",
            "work" => """{"custom_id":"a","body":{"model":"simulator/echo","messages":[{"role":"user","content":"Hello"}]}}""",
            _ => "10",
        };
        await TryAsync(place, $"form [name='{name}']", 0, element => element.Input(text));
        await TryAsync(place, $"form [name='{name}']", 0, element => element.Change(text));
    }

    /// <summary>Does something to the element if it is still there, and nothing is drawn meanwhile. What has no handler for it doesn't matter here.</summary>
    private static Task TryAsync(IRenderedComponent<IComponent> place, string selector, int index, Action<IElement> act) => place.InvokeAsync(() =>
    {
        try
        {
            if (place.FindAll(selector) is { } all && index < all.Count) act(all[index]);
        }
        catch (MissingEventHandlerException)
        {
        }
    });

    private async Task<DialogParameters> ParametersAsync(Type type)
    {
        var parameters = new DialogParameters();
        foreach (var property in type.GetProperties().Where(property => property.GetCustomAttribute<ParameterAttribute>() is not null))
        {
            var isNeeded = property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null;
            if (isNeeded) parameters.Add(property.Name, await SampleAsync(type, property.PropertyType));
        }

        return parameters;
    }

    private async Task<object> SampleAsync(Type component, Type type) => type.Name switch
    {
        nameof(Tenant) => DefaultTenant,
        nameof(ApiKey) => (await IssueAsync("a key")).Key,
        nameof(WebhookEndpoint) => Snapshot.Webhooks.Values.First(),
        nameof(UserAccount) => (await Services.GetRequiredService<UserDirectory>().ListAsync(Cancellation))[0],
        nameof(JobFilter) => new JobFilter(),
        nameof(JobAct) => JobAct.Cancel,
        nameof(Int32) => 1,
        nameof(IssuedKey) => IssuedKey.Create(ApiKeyKind.Live, "shown", DefaultTenant.Id, Time),
        nameof(IssuedWebhook) => new IssuedWebhook(Snapshot.Webhooks.Values.First(), "whsec_shown"),
        nameof(GeneratedPassword) => new GeneratedPassword("x@example.com", "secret"),
        nameof(String) => component.Name switch { "TenantPage" => DefaultTenant.Id, "ModelPage" => Snapshot.Models.Values.First().Id, "WebhookPage" => Snapshot.Webhooks.Values.First().Id, _ => "job_1" },
        _ => throw new InvalidOperationException($"There is no sample of {type.Name}, which {component.Name} needs."),
    };

    /// <summary>One of everything that pages list.</summary>
    private async Task FillAsync()
    {
        var contexts = Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>();
        await IssueAsync("a key");
        await SampleJobs.AddAsync(contexts, "job_1", DefaultTenant.Id, JobState.Running, Time.GetUtcNow(), 4);
        await SampleJobs.AddAsync(contexts, "job_2", DefaultTenant.Id, JobState.Failed, Time.GetUtcNow(), 4, 0, 4);
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, _ =>
            [
                Change.Put(new WebhookEndpoint { Id = "whk_1", Url = new Uri("https://example.com/hook"), Events = ["*"], ProtectedSecret = Services.GetRequiredService<ISecretProtector>().Protect(SecretPurpose.Webhook, "whsec_x"), CreatedAt = Time.GetUtcNow() }),
                Change.Put(new AlertRule { Id = "rule_1", Name = "Many errors", Kind = AlertKind.ErrorRate, Threshold = 5 }),
            ], Cancellation);
        await Services.GetRequiredService<UserDirectory>().CreateFirstOwnerAsync("owner@example.com", "correct horse battery", null, Cancellation);
        await Services.GetRequiredService<UserDirectory>().CreateAsync(UserEditor.System, new NewUser("member@example.com", "correct horse battery", UserRole.Member, DefaultTenant.Id), Cancellation);
    }

    /// <summary>All rows of all tables.</summary>
    private async Task<string> ContentAsync()
    {
        await using var db = await Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>().CreateDbContextAsync(Cancellation);
        var connection = db.Database.GetDbConnection();
        await connection.OpenAsync(Cancellation);
        var rows = new List<string>();
        foreach (var table in db.Model.GetEntityTypes().Select(entity => entity.GetTableName()!).Distinct())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"select * from \"{table}\"";
            await using var reader = await command.ExecuteReaderAsync(Cancellation);
            var values = new object[reader.FieldCount];
            while (await reader.ReadAsync(Cancellation))
            {
                reader.GetValues(values);
                rows.Add($"{table} {string.Join('|', values)}");
            }
        }

        return string.Join('\n', rows.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("Type (.+?) to ")]
    private static partial Regex TypedName();
}
