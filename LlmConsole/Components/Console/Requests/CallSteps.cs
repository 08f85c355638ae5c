using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Console.Requests;

/// <summary>What happened to a call on its way, in order, as the books tell it.</summary>
internal static class CallSteps
{
    public static IReadOnlyList<CallStep> Of(UsageRecord record, ConfigurationSnapshot snapshot)
    {
        var attempts = AttemptLog.Read(record.AttemptLog);
        var steps = new List<CallStep> { new("Arrived", 0) };
        if (record.Cache != CacheVerdict.Bypass) steps.Add(Cache(record));
        if (record.Outcome != Outcome.Refused) steps.Add(new CallStep("Admitted", attempts is [var first, ..] ? first.StartMs : null));
        for (var i = 0; i < attempts.Count; i++) steps.Add(Attempt(attempts, i, record, snapshot));
        if (record.FirstTokenMs is { } token) steps.Add(new CallStep("First token", token));
        steps.Add(End(record));
        return steps;
    }

    private static CallStep Cache(UsageRecord record) => record.Cache switch
    {
        CacheVerdict.Exact => new("Looked in the cache", null, Tone: Tone.Cached, Note: "the same request"),
        CacheVerdict.Semantic => new("Looked in the cache", null, Tone: Tone.Cached, Note: "a message worded alike"),
        _ => new("Looked in the cache", null, Note: "miss"),
    };

    private static CallStep Attempt(IReadOnlyList<AttemptEntry> attempts, int index, UsageRecord record, ConfigurationSnapshot snapshot)
    {
        var attempt = attempts[index];
        var provider = snapshot.Providers.GetValueOrDefault(attempt.ProviderId)?.Name ?? attempt.ProviderId;
        var isAnswer = attempt.Error is null;
        var isFallback = isAnswer && record.ModelServed is { } served && served != record.ModelAsked;
        var verb = index == 0 ? "Asked"
            : attempts[index - 1] is var before && before.ProviderId == attempt.ProviderId && before.ProviderModel == attempt.ProviderModel ? "Retried"
            : isFallback ? "Fell back to"
            : "Next asked";
        return new CallStep($"{verb} {provider}", attempt.StartMs, attempt.DurationMs, isAnswer ? Tone.Ok : Tone.Bad, string.Join(", ", Notes(attempt)), attempt.ProviderModel);
    }

    private static IEnumerable<string> Notes(AttemptEntry attempt)
    {
        yield return attempt.Error ?? "answered";
        yield return $"after {Display.Duration(attempt.StartMs)}, for {Display.Duration(attempt.DurationMs)}";
        if (attempt.Drill is not null) yield return "part of a fire drill";
        if (attempt.PromptTokens is not null || attempt.OutputTokens is not null) yield return $"{Display.Exact(attempt.PromptTokens ?? 0)} tokens in, {Display.Exact(attempt.OutputTokens ?? 0)} out";
    }

    private static CallStep End(UsageRecord record) => record.Outcome switch
    {
        Outcome.Answered => new("Answered", record.DurationMs, Tone: record.Cache is CacheVerdict.Exact or CacheVerdict.Semantic ? Tone.Cached : Tone.Ok),
        Outcome.Refused => new("Refused", record.DurationMs, Tone: Tone.Warn, Note: record.ErrorCode),
        Outcome.Abandoned => new("The caller left", record.DurationMs),
        Outcome.Incomplete => new("Broke off", record.DurationMs, Tone: Tone.Bad, Note: record.ErrorCode),
        _ => new("Failed", record.DurationMs, Tone: Tone.Bad, Note: record.ErrorCode),
    };
}

/// <summary>One thing that happened to a call.</summary>
/// <param name="Name">What, in a few words.</param>
/// <param name="AtMs">When, in milliseconds after the call arrived; none where the books don't say.</param>
/// <param name="DurationMs">How long it took, for what takes time.</param>
/// <param name="Tone">How it went.</param>
/// <param name="Note">What else to know.</param>
/// <param name="Model">The provider's name of the model, for an attempt.</param>
public sealed record CallStep(string Name, double? AtMs, double DurationMs = 0, Tone Tone = Tone.Neutral, string? Note = null, string? Model = null);
