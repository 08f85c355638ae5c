using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using IPNetwork = System.Net.IPNetwork;

namespace LlmConsole.Hosting;

internal static class Server
{
    private const string ForwardedProto = "X-Forwarded-Proto";

    /// <summary>Bytes of a body or an answer that may wait for its reader: of many connections at once, most wait.</summary>
    public const int Buffered = 64 * 1024;

    /// <summary>Bytes per second, while something waits.</summary>
    private const double SlowestReader = 240;

    /// <summary>The web server's bounds. Time-outs for slow bodies and headers are Kestrel's own.</summary>
    public static void AddServer(this WebApplicationBuilder builder, Settings settings)
    {
        builder.Services.AddSingleton(settings).AddSingleton(settings.Ledger).AddSingleton(settings.Caching);
        builder.Services.AddShutdown(settings);
        builder.Services.AddHostedService<QuietCollection>();
        builder.Services.AddHostedService<BatchScheduling>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.MaxBodyBytes;
            kestrel.Limits.MaxRequestBufferSize = Buffered;
            kestrel.Limits.MaxConcurrentConnections = settings.MaxConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = settings.MaxUpgradedConnections;

            // A reader that is slow slows its provider down; one that is slower than this is let go, so that it doesn't hold both for ever.
            kestrel.Limits.MaxResponseBufferSize = Buffered;
            kestrel.Limits.MinResponseDataRate = new MinDataRate(SlowestReader, gracePeriod: TimeSpan.FromSeconds(5));
        });
        builder.Services.Configure<ForwardedHeadersOptions>(options => Trust(options, settings.TrustedProxies, builder.Configuration["AllowedHosts"]));
    }

    /// <summary>Takes the scheme, the host and the client's address from the headers of trusted proxies; from nobody else.</summary>
    public static void UseTrustedProxies(this WebApplication app, Settings settings)
    {
        if (settings.TrustedProxies.Count == 0) return;
        app.Use(static (context, next) =>
        {
            // Many proxies pass on what a client says of the scheme, which begins the links that answers hold.
            var headers = context.Request.Headers;
            if (!headers[ForwardedProto].ToString().Split(',', StringSplitOptions.TrimEntries).All(IsHttp)) headers.Remove(ForwardedProto);
            return next(context);
        });
        app.UseForwardedHeaders();
    }

    private static bool IsHttp(string scheme) =>
        scheme.Length == 0 || scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase) || scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);

    private static void Trust(ForwardedHeadersOptions options, IReadOnlyList<IPNetwork> proxies, string? allowedHosts)
    {
        if (proxies.Count == 0) return;
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;

        // Any number of hops, as long as each is trusted.
        options.ForwardLimit = null;

        // Many proxies pass on what a client says of the host. It is looked at after the Host header was, and must be one that is answered too; no name stands for all.
        options.AllowedHosts = allowedHosts?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies) options.KnownIPNetworks.Add(proxy);
    }
}
