using System.Diagnostics.CodeAnalysis;

namespace LlmConsole.Core.Limits;

/// <summary>The books of a tenant's scopes. Those that are idle are forgotten once there are many. Its owner locks.</summary>
internal sealed class ScopeBooks
{
    internal const int MostBeforeSweep = 4_096;

    private readonly Dictionary<(ScopeKind Kind, string Id), ScopeBook> _books = [];
    private int _mostBeforeSweep = MostBeforeSweep;

    public int Count => _books.Count;
    public IEnumerable<KeyValuePair<(ScopeKind Kind, string Id), ScopeBook>> All => _books;

    public bool TryFind((ScopeKind Kind, string Id) id, [NotNullWhen(true)] out ScopeBook? book) => _books.TryGetValue(id, out book);

    public ScopeBook Of(LimitScope scope, long second)
    {
        if (!_books.TryGetValue((scope.Kind, scope.Id), out var book)) _books[(scope.Kind, scope.Id)] = book = new ScopeBook();
        book.TakenAt = second;
        return book;
    }

    /// <summary>Forgets idle books if there are many. Before those that are wanted are taken.</summary>
    public void Tidy(long second)
    {
        if (_books.Count < _mostBeforeSweep) return;
        foreach (var (id, book) in _books)
        {
            // What has left the window since its last call isn't known before it is moved on.
            book.MoveTo(second);
            if (book.IsIdleAt(second)) _books.Remove(id);
        }

        // Where all are busy, not every new one looks at all of them again.
        _mostBeforeSweep = Math.Max(MostBeforeSweep, 2 * _books.Count);
    }
}
