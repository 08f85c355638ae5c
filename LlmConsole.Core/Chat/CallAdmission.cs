using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>What a call may need at most, held against the caller's limits: by a cheap bound first, by the exact count only when that decides.</summary>
internal static class CallAdmission
{
    /// <exception cref="RefusalException">It doesn't fit.</exception>
    public static async ValueTask<Admission> AdmitAsync(this Limiter limiter, ChatCall call, ChatRequest request, Model model, CancellationToken cancellation)
    {
        var plan = LimitPlan.For(call.Caller);
        var demand = DemandOf(call, request, model);
        RefusalException refusal;
        try
        {
            var admission = await limiter.AdmitAsync(plan, demand, call.RequestId, cancellation);
            return admission.IsLowered ? await RaiseAsync(limiter, admission, plan, demand, call, request, model, cancellation) : admission;
        }
        catch (RefusalException e) when (e.Error != ErrorCode.ContextLengthExceeded ? plan.HasTokenBudget : plan.MaxPromptTokens is not null)
        {
            refusal = e;
        }

        var exact = Exact(request, model);
        if (exact >= demand.PromptTokens) throw refusal;
        return await limiter.AdmitAsync(plan, demand with { PromptTokens = exact }, call.RequestId, cancellation);
    }

    /// <summary>The most that a request can use, by the dearest of the models that may serve it.</summary>
    /// <param name="output">The output tokens of a request that doesn't say how many it wants, where no limit does.</param>
    public static CallBound Bound(Caller caller, ChatRequest request, int output, DateTimeOffset at)
    {
        if (caller.Snapshot.FindModel(request.Model) is not { } model) return default;
        var cap = LimitPlan.For(caller).MaxOutputTokens ?? int.MaxValue;
        var demand = PricesOf(caller.Snapshot, model, at) with { PromptTokens = Exact(request, model), Choices = request.Choices };
        return CallBound.Of(demand, Math.Min(cap, request.MaxOutputTokens ?? (cap == int.MaxValue ? output : cap)), model.PriceAt(at) is not null);
    }

    /// <summary>The same for a request that isn't worded yet.</summary>
    public static CallBound Bound(Caller caller, string model, long promptTokens, int output, DateTimeOffset at) =>
        caller.Snapshot.FindModel(model) is not { } found
            ? default
            : CallBound.Of(PricesOf(caller.Snapshot, found, at) with { PromptTokens = promptTokens }, Math.Min(output, LimitPlan.For(caller).MaxOutputTokens ?? int.MaxValue), found.PriceAt(at) is not null);

    /// <summary>Less than wanted was granted for the bound's sake: the exact count may afford more.</summary>
    private static async ValueTask<Admission> RaiseAsync(
        Limiter limiter, Admission lowered, LimitPlan plan, Demand demand, ChatCall call, ChatRequest request, Model model, CancellationToken cancellation)
    {
        long exact;
        try
        {
            exact = Exact(request, model);
        }
        catch
        {
            // Nobody else would give back what the call holds.
            await lowered.CancelAsync();
            throw;
        }

        if (exact >= demand.PromptTokens) return lowered;
        await lowered.CancelAsync();
        return await limiter.AdmitAsync(plan, demand with { PromptTokens = exact }, call.RequestId, cancellation);
    }

    private static Demand DemandOf(ChatCall call, ChatRequest request, Model model) =>
        PricesOf(call.Caller.Snapshot, model, call.StartedAt) with { PromptTokens = request.PromptUpperBound, OutputAsked = request.MaxOutputTokens, Choices = request.Choices };

    /// <summary>A demand of nothing yet, at the dearest prices among the models that may serve the call.</summary>
    private static Demand PricesOf(ConfigurationSnapshot snapshot, Model model, DateTimeOffset at)
    {
        var (input, output, perRequest) = (Usd.Zero, Usd.Zero, Usd.Zero);
        for (var i = -1; i < model.Fallbacks.Count; i++)
        {
            var candidate = i < 0 ? model : snapshot.FindModel(model.Fallbacks[i]);
            if (candidate?.PriceAt(at) is not { } price) continue;
            if (price.DearestInput() is var dearest && dearest > input) input = dearest;
            if (price.OutputPerMillion > output) output = price.OutputPerMillion;
            if (price.PerRequest > perRequest) perRequest = price.PerRequest.Value;
        }

        return new Demand { PromptTokens = 0, Choices = 1, InputPerMillion = input, OutputPerMillion = output, PerRequest = perRequest };
    }

    /// <summary>The count by OpenAI's tokenizer with a fifth more, because other vendors cut their tokens smaller.</summary>
    private static long Exact(ChatRequest request, Model model)
    {
        var name = model.Targets[0].Model;
        var count = PromptTokens.Count(request, TokenCounter.For(name == "*" ? request.Model : name));
        return Math.Min(request.PromptUpperBound, count + (count / 5));
    }
}
