using System.Numerics.Tensors;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>
/// The last user messages of kept answers as vectors, in parts: only messages of requests that are the same in everything else, within one scope and by
/// one embedder, are compared. Bounded; the part that was used longest ago goes first, and in a full part the message that was.
/// </summary>
internal sealed class MessageIndex(int maxEntries)
{
    private const int MaxPerPart = 2_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(CacheKey Request, string Embedder), Part> _parts = [];

    // The part that was used last comes first; looking through all of them for the oldest would take longer the more there are.
    private readonly LinkedList<Part> _byUse = [];
    private long _clock;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add(CacheKey rest, string embedder, float[] vector, IndexedMessage message)
    {
        lock (_lock)
        {
            if (!_parts.TryGetValue((rest, embedder), out var part) || part.Dimensions != vector.Length)
            {
                if (part is not null) Drop(part);
                _parts[(rest, embedder)] = part = new Part((rest, embedder), vector.Length);
                _byUse.AddFirst(part.Use);
            }

            Used(part);
            if (part.Put(vector, message, _clock)) _count++;
            while (_count > maxEntries && _parts.Count > 1) Drop(_byUse.Last!.Value);
            while (_count > maxEntries) _count -= part.DropOldest();
        }
    }

    /// <summary>The nearest messages, the nearest first.</summary>
    public IReadOnlyList<Neighbour> Nearest(CacheKey rest, string embedder, float[] vector, int most, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_parts.TryGetValue((rest, embedder), out var part) || part.Dimensions != vector.Length) return [];
            Used(part);
            return part.Nearest(vector, most, now, _clock);
        }
    }

    /// <summary>Removes those that fit, a part at a time, so that nobody waits for all of them. What is added meanwhile may stay.</summary>
    public void Remove(Func<IndexedMessage, bool> which)
    {
        List<Part> parts;
        lock (_lock) parts = [.. _parts.Values];
        foreach (var part in parts)
        {
            List<IndexedMessage> messages;
            lock (_lock) messages = part.Messages();
            var doomed = messages.Where(which).ToHashSet();
            if (doomed.Count > 0) Remove(part, doomed);
        }
    }

    private void Remove(Part part, HashSet<IndexedMessage> doomed)
    {
        lock (_lock)
        {
            if (_parts.GetValueOrDefault(part.Key) != part) return;
            _count -= part.Remove(doomed.Contains);
            if (part.Count == 0) Drop(part);
        }
    }

    private void Used(Part part)
    {
        _clock++;
        if (_byUse.First == part.Use) return;
        _byUse.Remove(part.Use);
        _byUse.AddFirst(part.Use);
    }

    private void Drop(Part part)
    {
        _parts.Remove(part.Key);
        _byUse.Remove(part.Use);
        _count -= part.Count;
    }

    private sealed class Part
    {
        private readonly List<(IndexedMessage Message, long UsedAt)> _messages = [];

        // Room for one: where every call has words of its own around its message, most parts never have another.
        private float[] _vectors;

        public Part((CacheKey Request, string Embedder) key, int dimensions)
        {
            (Key, Dimensions, _vectors) = (key, dimensions, new float[dimensions]);
            Use = new LinkedListNode<Part>(this);
        }

        public (CacheKey Request, string Embedder) Key { get; }

        /// <summary>Its place in the order of use.</summary>
        public LinkedListNode<Part> Use { get; }
        public int Dimensions { get; }
        public int Count => _messages.Count;

        public List<IndexedMessage> Messages() => [.. _messages.Select(one => one.Message)];

        /// <summary>True when it takes a place of its own.</summary>
        public bool Put(float[] vector, IndexedMessage message, long now)
        {
            var at = _messages.FindIndex(known => known.Message.Answer == message.Answer);
            var isNew = at < 0 && _messages.Count < MaxPerPart;
            if (isNew)
            {
                at = _messages.Count;
                _messages.Add(default);
                if (_vectors.Length < _messages.Count * Dimensions) Array.Resize(ref _vectors, _vectors.Length * 2);
            }
            else if (at < 0) at = Oldest();

            _messages[at] = (message, now);
            vector.CopyTo(_vectors, at * Dimensions);
            return isNew;
        }

        public List<Neighbour> Nearest(float[] vector, int most, DateTimeOffset now, long clock)
        {
            var best = new PriorityQueue<int, float>(most + 1);
            for (var i = 0; i < _messages.Count; i++)
            {
                if (_messages[i].Message.ExpiresAt <= now) continue;
                best.Enqueue(i, TensorPrimitives.Dot(vector, _vectors.AsSpan(i * Dimensions, Dimensions)));
                if (best.Count > most) best.Dequeue();
            }

            var found = new List<Neighbour>(best.Count);
            while (best.TryDequeue(out var at, out var similarity))
            {
                found.Add(new Neighbour(_messages[at].Message, similarity));
                _messages[at] = (_messages[at].Message, clock);
            }

            found.Reverse();
            return found;
        }

        public int DropOldest()
        {
            RemoveAt(Oldest());
            return 1;
        }

        public int Remove(Func<IndexedMessage, bool> which)
        {
            var before = _messages.Count;
            for (var i = _messages.Count - 1; i >= 0; i--)
            {
                if (which(_messages[i].Message)) RemoveAt(i);
            }

            return before - _messages.Count;
        }

        private int Oldest()
        {
            var oldest = 0;
            for (var i = 1; i < _messages.Count; i++)
            {
                if (_messages[i].UsedAt < _messages[oldest].UsedAt) oldest = i;
            }

            return oldest;
        }

        /// <summary>The last one takes the free place.</summary>
        private void RemoveAt(int at)
        {
            var last = _messages.Count - 1;
            _messages[at] = _messages[last];
            _vectors.AsSpan(last * Dimensions, Dimensions).CopyTo(_vectors.AsSpan(at * Dimensions));
            _messages.RemoveAt(last);
        }
    }
}

/// <summary>A message whose answer is kept.</summary>
/// <param name="Answer">The key of the answer.</param>
internal sealed record IndexedMessage(string Text, CacheKey Answer, string TenantId, string RequestId, DateTimeOffset ExpiresAt);

/// <summary>A message near another.</summary>
/// <param name="Similarity">Their cosine.</param>
internal sealed record Neighbour(IndexedMessage Message, double Similarity);
