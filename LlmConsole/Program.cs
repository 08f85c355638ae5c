using LlmConsole.Api;
using LlmConsole.Api.Admin;
using LlmConsole.Api.Errors;
using LlmConsole.Api.OpenApi;
using LlmConsole.Authentication;
using LlmConsole.Components;
using LlmConsole.Components.Chat;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Hosting;

return await Startup.RunAsync(args, (builder, settings) =>
{
    builder.AddLogging();
    builder.Services.AddStorage(settings.Storage);
    builder.Services.AddConfigurationRoom();
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSecrets(settings.Storage);
    builder.Services.AddAccess(settings);
    builder.Services.AddChat();
    builder.Services.AddErrorHandling();
    builder.Services.AddSingleton<ChatApi>();
    builder.Services.AddAdminApi();
    builder.Services.AddApiDocs();
    builder.Services.AddConsole();
    builder.Services.AddChatPage();
}, (app, settings) =>
{
    app.UseErrorHandling();
    app.UseAccess();
    app.UseAntiforgery();
    app.MapStaticAssets().AllowAnonymous();
    app.MapHealth();
    app.MapChatApi();
    app.MapModelsApi();
    app.MapUsageApi();
    app.MapAdminApi();
    app.MapApiDocs();
    app.MapAccess();
    app.MapConsole();
});
