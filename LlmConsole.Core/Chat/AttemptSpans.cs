using System.Diagnostics;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Telemetry;

namespace LlmConsole.Core.Chat;

/// <summary>
/// A client span for each time that a provider was asked, below the span of the call. They are written when the call has ended, by the times of the
/// attempts: the road itself carries nothing for them.
/// </summary>
internal static class AttemptSpans
{
    /// <param name="call">The span of the call.</param>
    /// <param name="operation">As in the name of that span.</param>
    /// <param name="arrived">When the call arrived.</param>
    /// <param name="ended">How long after its arrival the call ended.</param>
    public static void Write(Activity call, string operation, Route route, DateTimeOffset arrived, TimeSpan ended)
    {
        for (var i = 0; i < route.Attempts.Count; i++)
        {
            var attempt = route.Attempts[i];
            var start = arrived + attempt.Start;
            using var span = Source.Activities.StartActivity($"{operation} {attempt.Candidate.ProviderModel}", ActivityKind.Client, call.Context, startTime: start);
            if (span is null) return;
            span.SetTag("gen_ai.operation.name", operation).SetTag("llmconsole.attempt", i + 1).SetTag("llmconsole.attempt.reason", Reason(route, i));
            Describe(span, attempt);
            span.SetEndTime((start + attempt.Duration(ended)).UtcDateTime);
        }
    }

    private static void Describe(Activity span, Attempt attempt)
    {
        var (provider, model) = (attempt.Candidate.Provider, attempt.Candidate.ProviderModel);
        span.SetTag("gen_ai.provider.name", GenAi.ProviderName(provider.Kind)).SetTag("gen_ai.request.model", model);
        if (attempt.Drill is { } drill) span.SetTag("llmconsole.drill", drill.Id);
        else if ((provider.BaseUrl ?? provider.Kind.DefaultAddress()) is { } address) span.SetTag("server.address", address.Host).SetTag("server.port", address.Port);
        if (attempt.HasBegun) span.SetTag("gen_ai.response.model", model);
        if (attempt.Usage is { } usage) span.SetTag("gen_ai.usage.input_tokens", usage.Total - usage.Output).SetTag("gen_ai.usage.output_tokens", usage.Output);
        if (attempt.Error is not { } error) return;
        span.SetTag("error.type", error);
        span.SetStatus(ActivityStatusCode.Error, error);
    }

    /// <summary>Why this target was asked now.</summary>
    private static string Reason(Route route, int index)
    {
        var (candidate, before) = (route.Attempts[index].Candidate, route.Attempts.Take(index));
        return index == 0 ? "first"
            : before.Any(attempt => attempt.HasBegun) ? "rescue"
            : before.Any(attempt => attempt.Candidate == candidate) ? "retry"
            : candidate.Model == route.Model ? "next_target"
            : "fallback";
    }
}
