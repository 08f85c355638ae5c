using System.Collections.Concurrent;

namespace LlmConsole.Core.Caching;

/// <summary>The answers under way on this instance, so that identical calls at the same time ask a provider once.</summary>
/// <param name="mostBytes">What they may hold in all, see <see cref="FlightRoom"/>.</param>
internal sealed class Flights(long mostBytes)
{
    private readonly FlightRoom _room = new(mostBytes);
    private readonly ConcurrentDictionary<CacheKey, Flight> _running = new();

    public int Count => _running.Count;

    /// <summary>Bytes of answers under way.</summary>
    public long Held => _room.Held;

    /// <summary>A flight that nobody finds.</summary>
    public Flight Alone() => new(_room);

    /// <summary>Answers that go on only for those who follow.</summary>
    public int HaveLostLeader => _running.Values.Count(flight => flight.HasLostLeader);

    /// <summary>Calls that follow another now.</summary>
    public int Followers => _running.Values.Sum(flight => flight.Followers);

    /// <summary>Follows the call that is under way, or leads if there is none.</summary>
    public Flight Join(in CacheKey key, out bool leads)
    {
        while (true)
        {
            if (_running.TryGetValue(key, out var running))
            {
                leads = false;
                if (running.TryFollow()) return running;
                _running.TryRemove(KeyValuePair.Create(key, running));
            }

            leads = true;
            var mine = new Flight(_room);
            if (_running.TryAdd(key, mine)) return mine;
            mine.Dispose();
        }
    }

    /// <summary>
    /// Goes on after a flight that came to nothing: of all who followed it one leads, and the others follow that one even if it has landed meanwhile. A
    /// provider that fails is so asked once more, and not by every call in turn.
    /// </summary>
    public Flight Succeed(in CacheKey key, Flight failed, out bool leads)
    {
        var heir = failed.Heir(out leads);
        if (leads) _running.TryAdd(key, heir);
        return leads || heir.TryFollow(evenLanded: true) ? heir : Join(key, out leads);
    }

    public void Remove(in CacheKey key, Flight flight) => _running.TryRemove(KeyValuePair.Create(key, flight));
}
