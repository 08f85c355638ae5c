using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>What a call may need at most, held against the caller's limits.</summary>
internal static class CallAdmission
{
    /// <exception cref="RefusalException">It doesn't fit.</exception>
    public static async ValueTask<Admission> AdmitAsync(this Limiter limiter, ChatCall call, ChatRequest request, Model model, CancellationToken cancellation)
    {
        var plan = LimitPlan.For(call.Caller);
        var demand = DemandOf(call, request, model);
        return await limiter.AdmitAsync(plan, demand, call.RequestId, cancellation);
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
}
