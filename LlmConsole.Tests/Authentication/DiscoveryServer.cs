using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Tests.Authentication;

/// <summary>An OpenID Connect issuer on 127.0.0.1 that publishes its keys.</summary>
internal sealed class DiscoveryServer(WebApplication app, string jwks) : IAsyncDisposable
{
    private int _fetches;

    public string Authority => app.Urls.Single();

    /// <summary>The keys that are published now.</summary>
    public string Jwks { get; set; } = jwks;

    /// <summary>How often the keys were asked for.</summary>
    public int Fetches => Volatile.Read(ref _fetches);

    public static async Task<DiscoveryServer> StartAsync(string jwks)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", (HttpRequest request) =>
            Results.Content($$"""{"issuer":"{{TestIssuer.Name}}","jwks_uri":"http://{{request.Host}}/jwks"}""", "application/json"));
        var server = new DiscoveryServer(app, jwks);
        app.MapGet("/jwks", () => Results.Content(server.Publish(), "application/json"));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private string Publish()
    {
        Interlocked.Increment(ref _fetches);
        return Jwks;
    }
}
