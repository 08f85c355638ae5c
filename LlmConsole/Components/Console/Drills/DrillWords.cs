using LlmConsole.Components.Console.Budgets;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;

namespace LlmConsole.Components.Console.Drills;

/// <summary>What a fire drill is and does, in words.</summary>
internal static class DrillWords
{
    private const int MostNamed = 3;

    /// <summary>Each fault as the API spells it, and as people say it.</summary>
    public static string NameOf(FaultKind fault) => fault switch
    {
        FaultKind.Slow => "slow: answers come 5 seconds late",
        FaultKind.Stall => "stall: nothing comes at all",
        FaultKind.Throttle => "429: it throttles",
        FaultKind.Fail => "500: it fails",
        FaultKind.Cut => "cut: answers break off after the first words",
        _ => "garbage: it sends a web page",
    };

    /// <summary>The fault in a table.</summary>
    public static string ShortNameOf(FaultKind fault) => fault switch
    {
        FaultKind.Throttle => "429",
        FaultKind.Fail => "500",
        _ => fault.ToString().ToLowerInvariant(),
    };

    /// <summary>Whom it concerns: <c>fast by Vendor</c>, <c>every model of Vendor</c>.</summary>
    public static string WhatOf(DrillPlan plan, ConfigurationSnapshot snapshot) => (plan.ModelId, plan.ProviderId) switch
    {
        ({ } model, { } provider) => $"{ModelName(model, snapshot)} by {ProviderName(provider, snapshot)}",
        ({ } model, null) => ModelName(model, snapshot),
        (_, { } provider) => $"every model by {ProviderName(provider, snapshot)}",
        _ => "nothing",
    };

    public static string TenantOf(DrillPlan plan, ConfigurationSnapshot snapshot) => plan.TenantId is { } tenant ? snapshot.Tenants.GetValueOrDefault(tenant)?.Name ?? tenant : "all tenants";

    /// <summary><c>fast by Vendor: 500 for 50 % of the calls of all tenants</c>.</summary>
    public static string HeadlineOf(DrillPlan plan, ConfigurationSnapshot snapshot) =>
        $"{WhatOf(plan, snapshot)}: {ShortNameOf(plan.Fault)} for {(plan.SharePercent == 100 ? "every call" : $"{Display.Percent(plan.SharePercent)} of the calls")} of {TenantOf(plan, snapshot)}";

    /// <summary>What will happen when it is started.</summary>
    public static string SentenceOf(DrillPlan plan, ConfigurationSnapshot snapshot) =>
        $"For {Minutes(plan.Minutes)}, "
        + (plan.SharePercent == 100
            ? $"every call of {TenantOf(plan, snapshot)} to {Where(plan, snapshot)} is drilled: it {Meets(plan.Fault)}. "
            : $"{Display.Percent(plan.SharePercent)} of the calls of {TenantOf(plan, snapshot)} to {Where(plan, snapshot)} are drilled: each {Meets(plan.Fault)}. ")
        + "It ends by itself, and you can stop it at any moment.";

    /// <summary>What becomes of the provider's account.</summary>
    public static string AccountOf(FaultKind fault) => "The provider isn't asked: its account stays untouched."
        + (fault is FaultKind.Slow or FaultKind.Cut ? " The simulator answers in its place, with a sentence that says so, at no cost." : "");

    /// <summary>What users will see of it that they should not take for an answer, and of which models; none while others answer in time.</summary>
    public static string? WarningOf(DrillPlan plan, ConfigurationSnapshot snapshot)
    {
        var concerned = snapshot.Models.Values.Where(model => Concerns(plan, model)).OrderBy(model => model.Name, StringComparer.Ordinal).ToList();
        var simulated = concerned.Where(model => plan.Fault == FaultKind.Slow && model.Timeouts.FirstTokenSeconds > Drill.Slowness.TotalSeconds).ToList();
        if (simulated.Count > 0) return $"{Names(simulated)} {(simulated.Count == 1 ? "waits" : "wait")} longer than that for a first token: your users get the simulated answer. To rehearse the fallback instead, choose stall.";
        var broken = concerned.Where(model => plan.Fault == FaultKind.Cut && EndsWithAnError(plan, model)).ToList();
        if (broken.Count > 0) return $"{Names(broken)} {(broken.Count == 1 ? "ends" : "end")} answers that break off with an error: your users will see it.";
        var lost = concerned.Where(model => !HasWayOut(plan, model, snapshot)).ToList();
        if (lost.Count == 0) return null;
        var message = lost.All(model => model.Resilience.GracefulMessage is not null) ? "those callers get the graceful message" : "those calls fail for your users, unless a graceful message is set";
        return $"{Names(lost)} {(lost.Count == 1 ? "has" : "have")} no other target and no fallback model to go to: {message}.";
    }

    private static string Names(List<Model> models) => models.Count <= MostNamed ? LimitSentence.Enumerate([.. models.Select(model => model.Name)]) : $"{models[0].Name} and {models.Count - 1} other models";

    private static bool Concerns(DrillPlan plan, Model model) => (plan.ModelId is null || plan.ModelId == model.Id) && model.Targets.Any(target => !target.Drained && IsSpoilt(plan, model, target));

    private static bool HasWayOut(DrillPlan plan, Model model, ConfigurationSnapshot snapshot) =>
        model.Fallbacks.Select(snapshot.FindModel).Prepend(model).OfType<Model>().Any(other => other.Targets.Any(target => !target.Drained && !IsSpoilt(plan, other, target)));

    private static bool IsSpoilt(DrillPlan plan, Model model, ModelTarget target) => (plan.ModelId is null || plan.ModelId == model.Id) && (plan.ProviderId is null || plan.ProviderId == target.ProviderId);

    /// <summary>What breaks off is a sentence of the simulator's, so no other target says it again; one that takes a prefill can go on from it.</summary>
    private static bool EndsWithAnError(DrillPlan plan, Model model) => model.Resilience.Rescue switch
    {
        RescueMode.Hold => false,
        RescueMode.Continue => !model.Targets.Any(target => target is { AcceptsPrefill: true, Drained: false } && !IsSpoilt(plan, model, target)),
        _ => true,
    };

    private static string Where(DrillPlan plan, ConfigurationSnapshot snapshot) => (plan.ModelId, plan.ProviderId) switch
    {
        ({ } model, { } provider) => $"{ModelName(model, snapshot)} that {ProviderName(provider, snapshot)} would answer",
        ({ } model, null) => ModelName(model, snapshot),
        (_, { } provider) => $"any model that {ProviderName(provider, snapshot)} would answer",
        _ => "nothing",
    };

    private static string Meets(FaultKind fault) => fault switch
    {
        FaultKind.Slow => "waits five seconds, then gets a simulated answer, or goes on to the next target if a deadline passes before",
        FaultKind.Stall => "hears nothing from it until a deadline passes, then goes on to the next target",
        FaultKind.Throttle => "is turned away with 429, then goes on to the next target",
        FaultKind.Fail => "meets an error 500, then goes on to the next target",
        FaultKind.Cut => "gets the first words, then the answer breaks off and is treated as the model says",
        _ => "gets a web page instead of an answer, then goes on to the next target",
    };

    private static string Minutes(int minutes) => minutes == 1 ? "1 minute" : $"{minutes} minutes";

    private static string ModelName(string id, ConfigurationSnapshot snapshot) => snapshot.Models.GetValueOrDefault(id)?.Name ?? id;

    private static string ProviderName(string id, ConfigurationSnapshot snapshot) => snapshot.Providers.GetValueOrDefault(id)?.Name ?? id;
}
