namespace LlmConsole.Hubs;

/// <summary>How many of a kind may be there at once: so many for each owner, and so many for all of them. Whoever takes a seat gives it back once.</summary>
internal sealed class Seats(int each, int inAll)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = [];
    private int _all;

    /// <summary>Seats of one owner.</summary>
    public int Each => each;

    public Seat Take(string owner)
    {
        lock (_lock)
        {
            if (_taken.GetValueOrDefault(owner) >= each) return Seat.NoneOfTheOwner;
            if (_all >= inAll) return Seat.None;
            Insist(owner);
            return Seat.Taken;
        }
    }

    /// <summary>Takes a seat even where there is none: the next ones must wait for two.</summary>
    public void Insist(string owner)
    {
        lock (_lock)
        {
            _taken[owner] = _taken.GetValueOrDefault(owner) + 1;
            _all++;
        }
    }

    public void GiveBack(string owner)
    {
        lock (_lock)
        {
            _all--;
            if (--_taken[owner] == 0) _taken.Remove(owner);
        }
    }
}

/// <summary>Whether there was a seat.</summary>
internal enum Seat
{
    Taken,

    /// <summary>The owner has as many as one may have.</summary>
    NoneOfTheOwner,

    /// <summary>All are taken.</summary>
    None,
}
