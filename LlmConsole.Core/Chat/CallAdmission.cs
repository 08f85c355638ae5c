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
            if (!admission.IsLowered || Exact(request, model) is var count && count >= demand.PromptTokens) return admission;
            admission.Cancel();
            return await limiter.AdmitAsync(plan, demand with { PromptTokens = count }, call.RequestId, cancellation);
        }
        catch (RefusalException e) when (e.Error != ErrorCode.ContextLengthExceeded ? plan.HasTokenBudget : plan.MaxPromptTokens is not null)
        {
            refusal = e;
        }

        var exact = Exact(request, model);
        if (exact >= demand.PromptTokens) throw refusal;
        return await limiter.AdmitAsync(plan, demand with { PromptTokens = exact }, call.RequestId, cancellation);
    }

    private static Demand DemandOf(ChatCall call, ChatRequest request, Model model)
    {
        var (input, output) = (Usd.Zero, Usd.Zero);
        foreach (var candidate in model.Fallbacks.Select(call.Caller.Snapshot.FindModel).Prepend(model))
        {
            if (candidate?.PriceAt(call.StartedAt) is not { } price) continue;
            var dearest = price.CachedInputPerMillion > price.InputPerMillion ? price.CachedInputPerMillion.Value : price.InputPerMillion;
            if (dearest > input) input = dearest;
            if (price.OutputPerMillion > output) output = price.OutputPerMillion;
        }

        return new Demand { PromptTokens = request.PromptUpperBound, OutputAsked = request.MaxOutputTokens, Choices = request.Choices, InputPerMillion = input, OutputPerMillion = output };
    }

    /// <summary>The count by OpenAI's tokenizer with a fifth more, because other vendors cut their tokens smaller.</summary>
    private static long Exact(ChatRequest request, Model model)
    {
        var name = model.Targets[0].Model;
        var count = PromptTokens.Count(request, TokenCounter.For(name == "*" ? request.Model : name));
        return Math.Min(request.PromptUpperBound, count + (count / 5));
    }
}
