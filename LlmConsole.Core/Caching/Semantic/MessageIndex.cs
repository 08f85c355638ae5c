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
    private long _clock;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add(CacheKey rest, string embedder, float[] vector, IndexedMessage message)
    {
        lock (_lock)
        {
            if (!_parts.TryGetValue((rest, embedder), out var part) || part.Dimensions != vector.Length)
            {
                if (part is not null) _count -= part.Count;
                _parts[(rest, embedder)] = part = new Part(vector.Length);
            }

            part.UsedAt = ++_clock;
            if (part.Put(vector, message, _clock)) _count++;
            while (_count > maxEntries && _parts.Count > 1) DropOldest();
            while (_count > maxEntries) _count -= part.DropOldest();
        }
    }

    /// <summary>The nearest messages, the nearest first.</summary>
    public IReadOnlyList<Neighbour> Nearest(CacheKey rest, string embedder, float[] vector, int most, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_parts.TryGetValue((rest, embedder), out var part) || part.Dimensions != vector.Length) return [];
            part.UsedAt = ++_clock;
            return part.Nearest(vector, most, now, _clock);
        }
    }

    /// <summary>Removes those that fit.</summary>
    public void Remove(Func<IndexedMessage, bool> which)
    {
        lock (_lock)
        {
            foreach (var part in _parts.Values) _count -= part.Remove(which);
        }
    }

    private void DropOldest()
    {
        var oldest = _parts.MinBy(part => part.Value.UsedAt);
        _parts.Remove(oldest.Key);
        _count -= oldest.Value.Count;
    }

    private sealed class Part(int dimensions)
    {
        private readonly List<(IndexedMessage Message, long UsedAt)> _messages = [];
        private float[] _vectors = new float[dimensions * 4];

        public int Dimensions => dimensions;
        public int Count => _messages.Count;
        public long UsedAt { get; set; }

        /// <summary>True when it takes a place of its own.</summary>
        public bool Put(float[] vector, IndexedMessage message, long now)
        {
            var at = _messages.FindIndex(known => known.Message.Answer == message.Answer);
            var isNew = at < 0 && _messages.Count < MaxPerPart;
            if (isNew)
            {
                at = _messages.Count;
                _messages.Add(default);
                if (_vectors.Length < _messages.Count * dimensions) Array.Resize(ref _vectors, _vectors.Length * 2);
            }
            else if (at < 0) at = Oldest();

            _messages[at] = (message, now);
            vector.CopyTo(_vectors, at * dimensions);
            return isNew;
        }

        public List<Neighbour> Nearest(float[] vector, int most, DateTimeOffset now, long clock)
        {
            var best = new PriorityQueue<int, float>(most + 1);
            for (var i = 0; i < _messages.Count; i++)
            {
                if (_messages[i].Message.ExpiresAt <= now) continue;
                best.Enqueue(i, TensorPrimitives.Dot(vector, _vectors.AsSpan(i * dimensions, dimensions)));
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
            _vectors.AsSpan(last * dimensions, dimensions).CopyTo(_vectors.AsSpan(at * dimensions));
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
