using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace LlmConsole.Tests.Support;

/// <summary>
/// Knows when the app has finished with its API requests. A client sees the end of an answer, or leaves, before the app is done with it;
/// a test that looks at the books afterwards waits for <see cref="IdleAsync"/> instead of for some time.
/// </summary>
internal sealed class Traffic : IStartupFilter
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _waiting = [];
    private int _underWay;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, request) =>
        {
            // Only calls: the pages hold connections open for as long as a browser looks at them.
            if (!HttpMethodsOfCalls.Contains(context.Request.Method))
            {
                await request(context);
                return;
            }

            Enter();
            try
            {
                await request(context);
            }
            finally
            {
                Leave();
            }
        });
        next(app);
    };

    private static readonly string[] HttpMethodsOfCalls = ["POST", "PUT", "PATCH", "DELETE"];

    /// <summary>Completes when no call is under way.</summary>
    public Task IdleAsync()
    {
        lock (_lock)
        {
            if (_underWay == 0) return Task.CompletedTask;
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add(waiter);
            return waiter.Task;
        }
    }

    private void Enter()
    {
        lock (_lock) _underWay++;
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_underWay > 0) return;
            foreach (var waiter in _waiting) waiter.SetResult();
            _waiting.Clear();
        }
    }
}
