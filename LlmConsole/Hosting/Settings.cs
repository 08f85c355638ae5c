using LlmConsole.Core.Storage;

namespace LlmConsole.Hosting;

internal static class Settings
{
    public static StorageOptions StorageOptions(this WebApplicationBuilder builder) =>
        Core.Storage.StorageOptions.From(builder.Configuration["Data:Directory"] ?? "data", builder.Configuration.GetConnectionString("Main"));
}
