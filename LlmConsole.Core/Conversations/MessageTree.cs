namespace LlmConsole.Core.Conversations;

/// <summary>What the shape of a conversation needs to know of a message.</summary>
internal sealed record Node(string Id, string? ParentId, MessageRole Role, bool HasText);

/// <summary>The messages of a conversation as a tree: messages that follow the same one are versions of each other, and every path from the top to a leaf is a branch.</summary>
internal sealed class MessageTree
{
    private readonly string _root;
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Node>> _children = new(StringComparer.Ordinal);
    private readonly string? _newest;

    /// <param name="conversationId">The parent of the first messages.</param>
    /// <param name="nodes">Oldest first.</param>
    public MessageTree(string conversationId, IEnumerable<Node> nodes)
    {
        _root = conversationId;
        foreach (var node in nodes)
        {
            var placed = node.ParentId is null ? node with { ParentId = _newest ?? conversationId } : node;
            _nodes[placed.Id] = placed;
            if (!_children.TryGetValue(placed.ParentId!, out var siblings)) _children[placed.ParentId!] = siblings = new List<Node>(1);
            siblings.Add(placed);
            _newest = placed.Id;
        }
    }

    public Node? Find(string messageId) => _nodes.GetValueOrDefault(messageId);

    public bool HasChildren(string messageId) => _children.ContainsKey(messageId);

    /// <summary>The message that the branch with this leaf ends with: the newest of all where none is named.</summary>
    public string? LeafOr(string? leafId) => leafId is not null && _nodes.ContainsKey(leafId) ? leafId : _newest;

    /// <summary>The leaf that one comes to from here, taking the newest version each time.</summary>
    public string LeafBelow(string messageId)
    {
        while (_children.TryGetValue(messageId, out var children)) messageId = children[^1].Id;
        return messageId;
    }

    /// <summary>The version so many steps away; the message itself where there is none.</summary>
    public string Sibling(Node node, int steps)
    {
        var siblings = _children[node.ParentId!];
        var place = siblings.IndexOf(node) + steps;
        return place >= 0 && place < siblings.Count ? siblings[place].Id : node.Id;
    }

    /// <summary>The branch that ends with this leaf, oldest message first.</summary>
    public IReadOnlyList<Turn> Branch(string? leafId)
    {
        var turns = new List<Turn>();
        for (var at = LeafOr(leafId); at is not null && at != _root && _nodes.TryGetValue(at, out var node); at = node.ParentId)
        {
            var siblings = _children[node.ParentId!];
            turns.Add(new Turn(node.Id, node.Role, node.HasText, siblings.IndexOf(node) + 1, siblings.Count));
        }

        turns.Reverse();
        return turns;
    }
}
