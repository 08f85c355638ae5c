using LlmConsole.Components;
using LlmConsole.Components.Chat;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Storage;
using LlmConsole.Hosting;

return await Startup.RunAsync(args, builder =>
{
    builder.AddLogging();
    builder.Services.AddStorage(builder.StorageOptions());
    builder.Services.AddConfigurationRoom();
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSecrets(builder.StorageOptions());
    builder.Services.AddChat();
    builder.Services.AddConsole();
    builder.Services.AddChatPage();
}, app =>
{
    app.UseAntiforgery();
    app.MapStaticAssets();
    app.MapConsole();
});
