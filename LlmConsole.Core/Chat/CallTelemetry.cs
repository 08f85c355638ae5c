using System.Diagnostics;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>The span and the measurements of one call, by OpenTelemetry's conventions for generative AI.</summary>
internal readonly struct CallTelemetry : IDisposable
{
    private readonly Activity? _span;

    private CallTelemetry(Activity? span) => _span = span;

    /// <summary>The span gets the model's name when the request was read; it costs nothing while nobody listens.</summary>
    public static CallTelemetry Begin(ChatCall call)
    {
        CallInstruments.Began();
        var span = Source.Activities.StartActivity(GenAi.OperationOf(call.Surface));
        span?.SetTag("gen_ai.operation.name", GenAi.OperationOf(call.Surface)).SetTag("llmconsole.request_id", call.RequestId);
        return new CallTelemetry(span);
    }

    public void Asked(ChatRequest request)
    {
        if (_span is null) return;
        _span.DisplayName = $"{GenAi.OperationOf(request.Surface)} {request.Model}";
        _span.SetTag("gen_ai.request.model", request.Model);
    }

    public void Ended(ChatCall call, UsageRecord record, CallBooks books)
    {
        var (operation, kind) = (GenAi.OperationOf(call.Surface), books.Provider is { } provider ? GenAi.ProviderName(provider.Kind) : "");
        var duration = TimeSpan.FromMilliseconds(record.DurationMs);
        CallInstruments.Ended(new CallFacts
        {
            Route = call.Route, Operation = operation, Status = record.Status, Tier = call.Caller.Tier.Name, Model = books.Model?.Name ?? "", Provider = kind, Attempts = record.Attempts,
            InputTokens = record.PromptTokens, OutputTokens = record.OutputTokens, CostUsd = record.Cost.Nanos / 1e9, ErrorType = record.ErrorCode,
            FirstToken = record.FirstTokenMs is { } first ? TimeSpan.FromMilliseconds(first) : null, Duration = duration,
        });
        CacheMetrics.Ended(record.SavedCost, record.EmbeddingCost);
        if (_span is null) return;
        if (books.Route is { } route) AttemptSpans.Write(_span, operation, route, call.StartedAt, duration);
        _span.SetTag("gen_ai.provider.name", kind).SetTag("gen_ai.response.model", record.ProviderModel)
            .SetTag("gen_ai.usage.input_tokens", record.PromptTokens).SetTag("gen_ai.usage.output_tokens", record.OutputTokens)
            .SetTag("llmconsole.cost_usd", record.Cost.Nanos / 1e9).SetTag("llmconsole.cache", record.Cache.ToString()).SetTag("llmconsole.attempts", record.Attempts);
        if (record.FinishReason is { } reason) _span.SetTag("gen_ai.response.finish_reasons", new[] { reason });
        if (record.ErrorCode is not { } error) return;
        _span.SetTag("error.type", error);
        _span.SetStatus(ActivityStatusCode.Error, error);
    }

    public void Dispose() => _span?.Dispose();
}
