using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Hosting;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can take calls. Neither tells a secret or a name, or makes a paid call.</summary>
internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this WebApplication app)
    {
        var health = app.MapGroup("/health").AllowAnonymous().ExcludeFromDescription();
        health.MapGet("/live", () => TypedResults.Text("live"));
        health.MapGet("/ready", ReadyAsync);
    }

    private static async Task<IResult> ReadyAsync(DatabaseConnections database, Shutdown shutdown, TimeProvider time, CancellationToken cancellation)
    {
        if (shutdown.HasBegun) return Unready("stopping");
        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await database.CanConnectAsync(linked.Token) ? TypedResults.Text("ready") : Unready("database unavailable");
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return Unready("database unavailable");
        }
    }

    private static ContentHttpResult Unready(string reason) => TypedResults.Text(reason, statusCode: StatusCodes.Status503ServiceUnavailable);
}

/// <summary>The verb <c>--healthcheck</c>: asks the instance on this machine whether it lives, for container health checks without a shell.</summary>
internal static class HealthProbe
{
    public static async Task<int> RunAsync(IConfiguration configuration)
    {
        var address = (configuration["urls"] ?? "http://localhost:5000").Split(';')[0];
        var port = BindingAddress.Parse(address).Port;
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(3) }) { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://localhost:{port}/health/live");
            request.Headers.Host = HostOf(configuration["AllowedHosts"]);
            using var response = await http.SendAsync(request);
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"No answer from port {port}: {e.Message}");
            return 1;
        }
    }

    /// <summary>A name that the instance answers to, where it doesn't answer to every one.</summary>
    private static string? HostOf(string? allowed) =>
        allowed?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [not "*", ..] hosts && !hosts.Contains("*") ? hosts[0].Replace("*", "health", StringComparison.Ordinal) : null;
}
