using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Support;

/// <summary>
/// A clock for a whole app that stands still until a test moves it, and tells the test when something has begun to wait.
/// <code>
/// var waiting = time.NextWaitOf(TimeSpan.FromSeconds(5));
/// var asking = model.PostAsync(model.Ask());
/// await waiting;
/// time.Advance(TimeSpan.FromSeconds(5));
/// </code>
/// </summary>
public sealed class SteppedTime() : FakeTimeProvider(new DateTimeOffset(2027, 1, 31, 9, 30, 0, TimeSpan.Zero))
{
    private readonly Lock _lock = new();
    private readonly List<(TimeSpan Wait, TaskCompletionSource Begun)> _awaited = [];

    /// <summary>Completes when something begins to wait for so long from now on.</summary>
    public Task NextWaitOf(TimeSpan wait)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _awaited.Add((wait, begun));
        return begun.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        lock (_lock)
        {
            foreach (var (_, begun) in _awaited.Where(awaited => awaited.Wait == dueTime)) begun.SetResult();
            _awaited.RemoveAll(awaited => awaited.Wait == dueTime);
        }

        return timer;
    }
}

/// <summary>One app on such a clock for all tests of a class.</summary>
public sealed class SteppedAppFixture : IAsyncLifetime
{
    public SteppedTime Time { get; } = new();

    public RunningApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await RunningApp.StartAsync(services => services.AddSingleton<TimeProvider>(Time));

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
