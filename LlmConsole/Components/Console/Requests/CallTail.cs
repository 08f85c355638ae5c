using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Console.Requests;

/// <summary>
/// A list of the newest calls that is kept current and never moves what somebody reads: what is new waits until it is asked for. However long
/// nobody looked, nothing is left out: what no longer fits stands on the older pages.
/// </summary>
/// <param name="first">What the list begins with, newest first.</param>
/// <param name="read">Reads a page of the newest calls, or of those before one.</param>
internal sealed class CallTail(UsagePage first, Func<long?, Task<UsagePage>> read)
{
    /// <summary>The most calls in the list.</summary>
    public const int Most = 500;

    private readonly HashSet<string> _known = [.. first.Records.Select(record => record.RequestId)];
    private List<UsageRecord> _waiting = [];

    /// <summary>The list, newest first.</summary>
    public IReadOnlyList<UsageRecord> Shown { get; private set; } = first.Records;

    /// <summary>Where the older pages begin; none when there are none, or when <see cref="IsCut"/>.</summary>
    public long? Next { get; } = first.Next;

    /// <summary>The list was cut at its end: the older pages begin after the last call that it shows.</summary>
    public bool IsCut { get; private set; }

    /// <summary>How many calls are new and not in the list.</summary>
    public int Waiting { get; private set; }

    /// <summary>So much is new that it reaches beyond the list; there are at least <see cref="Waiting"/> new calls.</summary>
    public bool HasGap { get; private set; }

    /// <summary>Reads what is new; true when there was something.</summary>
    public async Task<bool> ReadAsync()
    {
        var news = new List<UsageRecord>();
        long? before = null;
        bool hasMet;

        // Calls of several instances may be committed a little out of order, so that only ids tell what is known. Back to the first page that holds one.
        do
        {
            var page = await read(before);
            var known = page.Records.ToList().FindLastIndex(record => _known.Contains(record.RequestId));
            news.AddRange(page.Records.Take(known < 0 ? page.Records.Count : known).Where(record => !_known.Contains(record.RequestId)));
            hasMet = known >= 0 || page.Next is null;
            before = page.Next;
        }
        while (!hasMet && news.Count < Most);

        if (news.Count == 0) return false;
        foreach (var record in news) _known.Add(record.RequestId);
        _waiting = hasMet ? [.. news, .. _waiting] : news;
        HasGap |= !hasMet || _waiting.Count > Most;
        if (_waiting.Count > Most) _waiting = _waiting[..Most];
        Waiting += news.Count;
        return true;
    }

    /// <summary>Takes what is new into the list.</summary>
    public void Show()
    {
        List<UsageRecord> all = HasGap ? _waiting : [.. _waiting, .. Shown];
        IsCut |= HasGap || all.Count > Most;
        Shown = all.Count > Most ? all[..Most] : all;
        (_waiting, Waiting, HasGap) = ([], 0, false);
        _known.IntersectWith(Shown.Select(record => record.RequestId));
    }
}
