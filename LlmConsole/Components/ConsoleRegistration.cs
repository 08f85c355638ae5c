using LlmConsole.Authentication;
using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Console.Keys;
using LlmConsole.Components.Console.Overview;
using LlmConsole.Components.Console.Playground;
using LlmConsole.Components.Layout.Search;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Views;
using LlmConsole.Hosting;
using LlmConsole.Hubs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.SignalR;
using MudBlazor.Services;

namespace LlmConsole.Components;

internal static class ConsoleRegistration
{
    /// <summary>The pages: Razor components, rendered on the server and made interactive over a circuit.</summary>
    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services.AddMudServices();
        services.AddCascadingAuthenticationState();
        services.AddSingleton<Standings>().AddSingleton<OverviewReader>().AddSingleton<LiveFeeds>().AddSingleton<GlobalSearch>().AddSingleton<PlaygroundCalls>().AddSingleton<SavedViews>();
        services.AddScoped<ClientAddress>().AddScoped<ReaderZone>().AddScoped<Toasts>().AddScoped<SignedInEditor>().AddScoped<KeyActions>();

        // A message typed into the chat page reaches the server as one message of the circuit; a character takes at most four bytes and its JSON escape.
        services.AddRazorComponents()
            .AddInteractiveServerComponents().AddHubOptions(hub =>
            {
                hub.MaximumReceiveMessageSize = 6 * Chat.Composer.MaxLength;
                hub.AddFilter<CircuitGate>();
            })
            .RegisterPersistentService<ClientAddress>(RenderMode.InteractiveServer)
            .RegisterPersistentService<ReaderZone>(RenderMode.InteractiveServer);
        return services;
    }

    public static void MapConsole(this WebApplication app)
    {
        app.MapGet("/", StartAsync).RequireAuthorization(Access.Chat).ExcludeFromDescription();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().TakesShortForms();
    }

    /// <summary>Whoever may see the console begins there, everybody else at the chat.</summary>
    private static async Task<IResult> StartAsync(HttpContext context, IAuthorizationService authorization) =>
        Results.LocalRedirect((await authorization.AuthorizeAsync(context.User, Access.View)).Succeeded ? "/admin" : "/chat");
}
