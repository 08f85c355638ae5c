namespace LlmConsole.Core.Caching;

/// <summary>
/// How many bytes answers under way may hold, all together. Each holds what came of it, to be kept and for those who follow, and a reader who is slow lets it hold that for long: many
/// such readers must not fill the memory. An answer that finds no room goes on, isn't kept, and nobody new follows it.
/// </summary>
internal sealed class FlightRoom(long most)
{
    private long _held;

    public long Held => Interlocked.Read(ref _held);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= most) return true;
        Give(bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _held, -bytes);
}
