using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>Streams an answer to its end; where the model wishes it, over more than one target.</summary>
internal sealed class AnswerStream(Router router, Route route, CallBooks books, IAnswerSink sink, LimitReport limits, TimeProvider time)
{
    private const int MaxRescues = 2;

    /// <exception cref="RefusalException">The answer broke off, and could not be rescued.</exception>
    public Task SendAsync(RoutedAnswer answer, CancellationToken caller) =>
        route.Model.Resilience.Rescue == RescueMode.Hold ? HoldAsync(answer, caller) : PassAsync(answer, caller);

    public AnswerHead Head(RoutedAnswer answer, bool isStream = true, Usd? cost = null) =>
        new(books.NameOf(answer), answer.Provider.Name, books.Cache, books.Attempts, isStream, cost, limits);

    private async Task PassAsync(RoutedAnswer answer, CancellationToken caller)
    {
        var canContinue = route.Model.Resilience.Rescue == RescueMode.Continue && route.Request.Choices == 1;
        var pump = new EventPump(sink, route.Deadline, time, caller);
        var delivered = canContinue ? new DeliveredText() : null;
        books.Began();
        sink.Begin(Head(answer));
        var broken = await new AnswerRelay(route.Request, answer, books, sink, pump) { Delivered = delivered }.RunAsync();
        if (broken is null) return;
        var isRescued = delivered is not null && await ContinueAsync(answer, delivered, pump);
        if (delivered is not null) RoutingMetrics.Rescued("continue", isRescued ? "rescued" : "lost");
        if (!isRescued) throw Incomplete(broken);
        if (route.Request.IncludeUsage) sink.Write(UsageChunk.Of(answer.ProviderModel, books));
    }

    private async Task<bool> ContinueAsync(RoutedAnswer first, DeliveredText delivered, EventPump pump)
    {
        route.StaysOnModel = true;
        books.Keep();
        for (var rescue = 0; rescue < MaxRescues && delivered is { CanContinue: true, Chunk: not null } && first.Model == route.Model; rescue++)
        {
            (route.Prefill, route.Delivered) = (delivered.ToString(), books.Tokens().Usage.Output);
            await using var next = await NextAsync(pump);
            if (next is null) return false;
            books.Answering(next, isCharged: next.IsContinuation);
            var continuation = new Continuation(delivered, next, books, sink, pump);
            if (await continuation.RunAsync()) return true;
            if (continuation.HasDelivered) books.Keep();
            else books.Discard();
        }

        return false;
    }

    private async Task HoldAsync(RoutedAnswer first, CancellationToken caller)
    {
        var holding = new HoldingSink(sink, books.Began);
        var pump = new EventPump(holding, route.Deadline, time, caller);
        var (answer, rescues) = (first, 0);
        try
        {
            while (true)
            {
                holding.Begin(Head(answer));
                var broken = await new AnswerRelay(route.Request, answer, books, holding, pump).RunAsync();
                if (broken is null) break;
                if (holding.IsReleased) throw Incomplete(broken);
                holding.Discard();
                books.Discard();
                var next = rescues++ < MaxRescues ? await NextAsync(pump) : null;
                if (next is null) RoutingMetrics.Rescued("hold", "lost");
                if (next is null) throw new RefusalException(broken.Error, broken.Message);
                if (answer != first) await answer.DisposeAsync();
                answer = books.Answering(next);
            }

            if (answer != first) RoutingMetrics.Rescued("hold", "rescued");
            await ReleaseAsync(holding, caller);
        }
        finally
        {
            if (answer != first) await answer.DisposeAsync();
        }
    }

    private async Task ReleaseAsync(HoldingSink holding, CancellationToken caller)
    {
        try
        {
            await route.Deadline.WithinCallAsync(holding.ReleaseAsync);
        }
        catch (OperationCanceledException) when (route.Deadline.HasPassed && !caller.IsCancellationRequested)
        {
            throw Incomplete(new StreamBreak(ErrorCode.Timeout, "The answer was not read within the time that the call had. What arrived is incomplete; read faster, or allow more time."));
        }
    }

    /// <summary>The next answer, if there is one. Why there is none isn't told: what went wrong first is.</summary>
    private async Task<RoutedAnswer?> NextAsync(EventPump pump)
    {
        if (!route.Deadline.TryRestart()) return null;
        var asking = router.AskAsync(route);
        try
        {
            return await pump.WaitAsync(asking);
        }
        catch (RefusalException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            _ = asking.ContinueWith(static late => late.Result.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            if (route.Deadline.Left <= TimeSpan.Zero) return null;
            throw;
        }
    }

    private RefusalException Incomplete(StreamBreak broken) => new(broken.Error, broken.Message) { Partial = new PartialAnswer(books.Tokens().Usage, books.Cost()) };
}
