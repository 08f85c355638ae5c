using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Chat;

/// <summary>The one line per call. Never a prompt, an answer or a credential.</summary>
public interface ICallLog
{
    void Write(Caller caller, UsageRecord record);
}

/// <summary>The line as any other of the log: whatever sinks there are get it.</summary>
public sealed partial class CallLog(ILogger<ChatGateway> log) : ICallLog
{
    public const string Template =
        "{RequestId} {Tenant} {KeyId} {Model} → {ServedModel} by {ProviderId}: {Outcome} {Status} {ErrorCode}, tokens {InputTokens} in {OutputTokens} out {CachedTokens} cached {ReasoningTokens} reasoning, {CostUsd} USD, first token {FirstTokenMs} ms, {DurationMs} ms, {Attempts} attempts, cache {Cache}";

    public void Write(Caller caller, UsageRecord record)
    {
        if (!log.IsEnabled(LogLevel.Information)) return;
        Called(
            log, record.RequestId, caller.Tenant.Name, record.KeyId, record.ModelAsked, record.ModelServed, record.ProviderId, record.Outcome, record.Status, record.ErrorCode,
            record.InputTokens, record.OutputTokens, record.CachedInputTokens, record.ReasoningTokens, record.Cost.Dollars, record.FirstTokenMs, record.DurationMs, record.Attempts, record.Cache);
    }

    [LoggerMessage(LogLevel.Information, Template)]
    private static partial void Called(
        ILogger log, string requestId, string tenant, string? keyId, string model, string? servedModel, string? providerId, Outcome outcome, int status, string? errorCode,
        long inputTokens, long outputTokens, long cachedTokens, long reasoningTokens, decimal costUsd, double? firstTokenMs, double durationMs, int attempts, CacheVerdict cache);
}
