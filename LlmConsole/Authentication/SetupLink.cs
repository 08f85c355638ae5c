using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LlmConsole.Authentication;

/// <summary>While there is no owner, logs the one-time link to the set-up page, once the server listens.</summary>
internal sealed partial class SetupLink(UserDirectory users, SetupToken token, IServer server, ILogger<SetupLink> logger) : IHostedLifecycleService
{
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (await users.HasOwnerAsync(cancellationToken)) return;
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        var link = $"{Reachable(address)}/setup?token={token.Issue()}";
        LogLink(logger, link);
    }

    /// <summary>An address that listens on every interface isn't one that a browser can open.</summary>
    internal static string Reachable(string? address)
    {
        if (address is null) return "http://localhost";
        foreach (var any in (string[])["://0.0.0.0", "://[::]", "://*", "://+"]) address = address.Replace(any, "://localhost", StringComparison.Ordinal);
        return address.TrimEnd('/');
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "First run: open {Link:l} to create the owner. The link works once, until the next start.")]
    private static partial void LogLink(ILogger logger, string link);
}
