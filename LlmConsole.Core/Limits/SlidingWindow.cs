using System.Runtime.CompilerServices;

namespace LlmConsole.Core.Limits;

/// <summary>
/// What happened in the last 60 seconds, counted in buckets of one second. The bucket that is only partly inside the window counts whole, so
/// in any 60 seconds never more than the limit is admitted; up to one second's worth is refused early. Not thread-safe: its owner locks.
/// </summary>
internal struct SlidingWindow
{
    public const int Seconds = 60;

    /// <summary>Seconds until what happens now has left the window.</summary>
    public const int Longest = Buckets;
    private const int Buckets = Seconds + 1;

    private Counts _counts;
    private long _newest;

    /// <summary>The sum of the window that ends now.</summary>
    public long Sum { get; private set; }

    /// <summary>Forgets what left the window. <paramref name="second"/> never runs backwards; an earlier one counts as the newest.</summary>
    public void MoveTo(long second)
    {
        if (second <= _newest) return;
        if (second - _newest >= Buckets)
        {
            _counts = default;
            Sum = 0;
        }
        else
        {
            for (var passed = _newest + 1; passed <= second; passed++)
            {
                ref var bucket = ref _counts[(int)(passed % Buckets)];
                Sum -= bucket;
                bucket = 0;
            }
        }

        _newest = second;
    }

    public void Add(long amount)
    {
        _counts[(int)(_newest % Buckets)] += amount;
        Sum += amount;
    }

    /// <summary>Corrects what was added in a second, if that second is still in the window.</summary>
    public void Correct(long second, long difference)
    {
        if (second > _newest || _newest - second >= Buckets) return;
        _counts[(int)(second % Buckets)] += difference;
        Sum += difference;
    }

    /// <summary>What was counted so many seconds ago, 0 to 60.</summary>
    public readonly long Ago(int age) => _newest >= age ? _counts[(int)((_newest - age) % Buckets)] : 0;

    /// <summary>Seconds until at least <paramref name="amount"/> has left the window.</summary>
    public readonly int SecondsUntilFreed(long amount)
    {
        long freed = 0;
        for (var age = Seconds; age >= 0; age--)
        {
            var second = _newest - age;
            if (second < 0) continue;
            freed += _counts[(int)(second % Buckets)];
            if (freed >= amount) return Buckets - age;
        }

        return Buckets;
    }

    /// <summary>Seconds until the window is empty if nothing more comes.</summary>
    public readonly int SecondsUntilEmpty() => Sum == 0 ? 0 : SecondsUntilFreed(Sum);

    [InlineArray(Buckets)]
    private struct Counts
    {
        private long _first;
    }
}
