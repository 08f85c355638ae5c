using System.Security.Claims;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace LlmConsole.Hubs;

/// <summary>Sends viewers away whose key was revoked or has expired, or whose user was disabled, removed or given another role, as soon as circuits notice it.</summary>
internal sealed partial class LiveRights(
    LiveGate gate, ConfigurationStore store, IServiceScopeFactory scopes, IOptions<IdentityOptions> identity, IOptions<SecurityStampValidatorOptions> sessions, TimeProvider time, ILogger<LiveRights> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(sessions.Value.ValidationInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var viewer in gate.Viewers) await LookAsync(viewer);
        }
    }

    private async Task LookAsync(HubCallerContext viewer)
    {
        try
        {
            if (!await MayStayAsync(viewer.User!)) viewer.Abort();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The database is away: what one may not know yet can be asked again soon.
            LogFailed(e);
        }
    }

    private async ValueTask<bool> MayStayAsync(ClaimsPrincipal user) => user.FindFirstValue(Access.ActorKindClaim) is null
        ? await RevalidatingUser.IsCurrentAsync(user, scopes, identity.Value)
        : store.Current.Keys.GetValueOrDefault(user.Id())?.StatusAt(time.GetUtcNow()) == KeyStatus.Active;

    [LoggerMessage(LogLevel.Warning, "Whether a viewer of the live metrics may stay couldn't be looked up; it is tried again")]
    private partial void LogFailed(Exception e);
}
