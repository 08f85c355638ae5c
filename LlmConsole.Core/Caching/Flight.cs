using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>
/// An answer under way: the call that leads writes what it gets, the calls that follow read along from the first byte. It goes on while anyone is
/// there, the leader or a follower.
/// </summary>
internal sealed class Flight : IDisposable
{
    /// <summary>A larger answer is not kept, nobody new may follow it, and of its stream so much waits for those who follow.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Bytes that a follower is given at once, about: what it can't take of them waits in its connection.</summary>
    private const int AtOnce = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _nobodyLeft = new();
    private readonly FlightRoom? _room;
    private List<Frame> _frames = [];
    private byte[]? _like;
    private TaskCompletionSource? _news;
    private long _bytes;
    private long _held;
    private long _taken;
    private bool _isCrowdedOut;
    private int _dropped;
    private int _followers;
    private bool _isEnded;
    private Flight? _heir;

    /// <param name="room">What answers under way may hold in all; without one, as much as there is of them.</param>
    public Flight(FlightRoom? room = null) => (Token, _room) = (_nobodyLeft.Token, room);

    /// <summary>Cancelled when leader and followers are gone.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether it is a stream; set before the first frame.</summary>
    public bool IsStream { get; private set; }

    /// <summary>The leader's caller hung up.</summary>
    public bool HasLostLeader { get; private set; }

    /// <summary>The answer, once it is complete; its completion is empty when it was too large or can't be put together.</summary>
    public CachedAnswer? Answer { get; private set; }

    /// <summary>The leader was given the answer to a message that is worded alike; set before the first frame.</summary>
    public bool IsSemantic { get; private set; }

    /// <summary>Why there is no answer, or why it broke off; none when the leader just went.</summary>
    public RefusalException? Failure { get; private set; }

    /// <summary>Calls that follow now.</summary>
    public int Followers => Volatile.Read(ref _followers);

    /// <summary>Everything is there: the answer isn't too large, and there was room for it.</summary>
    public bool IsWhole => _bytes <= MaxBytes && !_isCrowdedOut;

    /// <summary>What was written, if it <see cref="IsWhole"/> or is no stream; only the leader may ask.</summary>
    public IReadOnlyList<Frame> Frames => _frames;

    public void Begin(bool isStream, bool isSemantic) => (IsStream, IsSemantic) = (isStream, isSemantic);

    public void Add(ReadOnlySpan<byte> chunk)
    {
        if (!IsWhole && Followers == 0) return;
        var frame = Frame.Of(chunk, _like);
        _like = frame.Like;
        Add(frame);
    }

    /// <summary>The whole answer, which nobody changes any more.</summary>
    public void AddWhole(ReadOnlyMemory<byte> completion)
    {
        if (IsWhole || Followers > 0) Add(Frame.OfLasting(completion));
    }

    private void Add(in Frame frame)
    {
        TaskCompletionSource? news;
        lock (_lock)
        {
            _bytes += frame.Length;
            if (IsWhole) _isCrowdedOut = _room?.TryTake(frame.Size) == false;
            if (IsWhole) _taken += frame.Size;
            else GiveBack();
            if (IsWhole || _followers > 0) Hold(frame);
            else _frames = [];
            (news, _news) = (_news, null);
        }

        news?.TrySetResult();
    }

    public void Complete(CachedAnswer answer) => End(answer, null);

    public void Fail(RefusalException? failure) => End(null, failure);

    /// <summary>One more call follows; false when it is too late for that.</summary>
    /// <param name="evenLanded">Follows a flight that has ended too: what it came to is still there.</param>
    public bool TryFollow(bool evenLanded = false)
    {
        lock (_lock)
        {
            if ((_isEnded && !evenLanded) || !IsWhole || Token.IsCancellationRequested) return false;
            _followers++;
            return true;
        }
    }

    /// <summary>The flight that takes this one's place after it failed: the first who asks leads it.</summary>
    public Flight Heir(out bool leads)
    {
        lock (_lock)
        {
            leads = _heir is null;
            return _heir ??= new Flight(_room);
        }
    }

    public void Unfollow() => Leave(() => _followers--);

    public void LoseLeader() => Leave(() => HasLostLeader = true);

    /// <summary>Copies some frames from the <paramref name="next"/> on. True when the end is reached: nothing more comes. None when what would come next isn't held any more.</summary>
    public bool? Read(ref int next, List<Frame> to)
    {
        lock (_lock)
        {
            if (next < _dropped) return null;
            for (var bytes = 0; next < _dropped + _frames.Count && bytes < AtOnce; next++)
            {
                to.Add(_frames[next - _dropped]);
                bytes += to[^1].Length;
            }

            return _isEnded && next == _dropped + _frames.Count;
        }
    }

    /// <summary>Completes when there is more than the first <paramref name="seen"/> frames, or the end.</summary>
    public Task MoreAsync(int seen)
    {
        lock (_lock)
        {
            if (_isEnded || _dropped + _frames.Count > seen) return Task.CompletedTask;
            return (_news ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isEnded = true;
            GiveBack();
            _nobodyLeft.Dispose();
        }
    }

    /// <summary>Holds a frame. Once the answer is too large to be kept, the oldest go, in large steps: a follower who is so far behind is no reader.</summary>
    private void Hold(in Frame frame)
    {
        _frames.Add(frame);
        _held += frame.Size;
        if (!IsStream || _held <= 2 * MaxBytes) return;
        var count = 0;
        for (; _held > MaxBytes; count++) _held -= _frames[count].Size;
        _frames.RemoveRange(0, count);
        _dropped += count;
    }

    private void GiveBack()
    {
        _room?.Give(_taken);
        _taken = 0;
    }

    private void End(CachedAnswer? answer, RefusalException? failure)
    {
        TaskCompletionSource? news;
        lock (_lock)
        {
            if (_isEnded) return;
            (Answer, Failure, _isEnded) = (answer, failure, true);
            (news, _news) = (_news, null);
        }

        news?.TrySetResult();
    }

    private void Leave(Action how)
    {
        lock (_lock)
        {
            how();
            if (_followers > 0 || !HasLostLeader || _isEnded) return;

            // What waits for the token runs on other threads: none of it under this lock.
            _ = _nobodyLeft.CancelAsync();
        }
    }
}
