namespace LlmConsole.Authentication;

/// <summary>A table that holds so many entries at most: the one that was used longest ago makes room. Not for several threads at once.</summary>
internal sealed class RecentEntries<TKey, TValue>(int most) where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _byUse = [];

    public int Count => _nodes.Count;

    public bool TryGet(TKey key, out TValue? value)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            value = default;
            return false;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    public void Set(TKey key, TValue value)
    {
        if (_nodes.TryGetValue(key, out var node)) _byUse.Remove(node);
        else if (_nodes.Count == most) RemoveOldest();
        _nodes[key] = _byUse.AddFirst((key, value));
    }

    private void RemoveOldest()
    {
        _nodes.Remove(_byUse.Last!.Value.Key);
        _byUse.RemoveLast();
    }
}
