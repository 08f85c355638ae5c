using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Tests.Authentication;

/// <summary>An OpenID Connect issuer on 127.0.0.1 that publishes its keys.</summary>
internal sealed class DiscoveryServer(WebApplication app) : IAsyncDisposable
{
    public string Authority => app.Urls.Single();

    public static async Task<DiscoveryServer> StartAsync(string jwks)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", (HttpRequest request) =>
            Results.Content($$"""{"issuer":"{{TestIssuer.Name}}","jwks_uri":"http://{{request.Host}}/jwks"}""", "application/json"));
        app.MapGet("/jwks", () => Results.Content(jwks, "application/json"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new DiscoveryServer(app);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
