using System.Security.Claims;
using LlmConsole.Authentication;
using LlmConsole.Hosting;

namespace LlmConsole.Hubs;

/// <summary>The bounds on what stays open: pages with their circuits, and viewers of the live metrics, by user or admin key and in all.</summary>
internal sealed class OpenPages(Settings settings)
{
    private readonly Seats _pages = new(settings.MaxPagesPerUser, settings.MaxPages);

    /// <summary>Twice as many: a page whose network broke comes back on a new connection before it is known that the old one is dead.</summary>
    private readonly Seats _connections = new(2 * settings.MaxPagesPerUser, 2 * settings.MaxPages);

    /// <summary>The connection of a page, which hasn't a seat yet; null if there are too many connections.</summary>
    public OpenPage? Connect(ClaimsPrincipal user) => _connections.Take(user.Id()) == Seat.Taken ? new OpenPage(this, user.Id()) : null;

    /// <summary>Takes a seat.</summary>
    /// <returns>What to tell whoever gets none, or null.</returns>
    public string? Open(string user) => _pages.Take(user) switch
    {
        Seat.Taken => null,
        Seat.NoneOfTheOwner => $"You have {_pages.Each} pages open, which is the most. Close some, then reload this one.",
        _ => "The server has as many pages open as it may have. Reload this one in a while.",
    };

    public void Reopen(string user) => _pages.Insist(user);

    public void Close(string user) => _pages.GiveBack(user);

    public void Disconnect(string user) => _connections.GiveBack(user);
}

/// <summary>A page on its connection. It may end while its circuit is being made, and gives back once what it has.</summary>
internal sealed class OpenPage(OpenPages pages, string user) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _isSeated;
    private bool _isOver;

    /// <returns>What to tell a page that gets no seat, or null.</returns>
    public string? Open()
    {
        lock (_lock)
        {
            if (_isSeated || _isOver) return null;
            var refusal = pages.Open(user);
            _isSeated = refusal is null;
            return refusal;
        }
    }

    /// <summary>Takes a seat whatever the bounds.</summary>
    public void Reopen()
    {
        lock (_lock)
        {
            if (_isSeated || _isOver) return;
            pages.Reopen(user);
            _isSeated = true;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isOver) return;
            _isOver = true;
            if (_isSeated) pages.Close(user);
            pages.Disconnect(user);
        }
    }
}
