using LlmConsole.Components.Console.Drills;
using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console.Drills;

public sealed class DrillWordsTests : ConsoleContext
{
    private Provider Simulator => Snapshot.Providers.Values.Single(provider => provider.Kind == ProviderKind.Simulator);

    private Model Echo => Snapshot.FindModel("simulator/echo")!;

    [Fact]
    public void Sentence_OfAPlan_SaysWhoMeetsWhatForHowLong() =>
        DrillWords.SentenceOf(new DrillPlan { ModelId = Echo.Id, ProviderId = Simulator.Id, Fault = FaultKind.Fail, Minutes = 1, SharePercent = 20, TenantId = DefaultTenant.Id }, Snapshot)
            .ShouldBe("For 1 minute, 20\u00a0% of the calls of Default to simulator/echo that Simulator would answer are drilled: each meets an error 500, then goes on to the next target. It ends by itself, and you can stop it at any moment.");

    [Theory]
    [InlineData(FaultKind.Slow, true)]
    [InlineData(FaultKind.Cut, true)]
    [InlineData(FaultKind.Stall, false)]
    [InlineData(FaultKind.Throttle, false)]
    [InlineData(FaultKind.Fail, false)]
    [InlineData(FaultKind.Garbage, false)]
    public void Account_OfAFault_StaysUntouchedAndSaysWhoAnswersInstead(FaultKind fault, bool isSimulated)
    {
        DrillWords.AccountOf(fault).ShouldStartWith("The provider isn't asked: its account stays untouched.");
        DrillWords.AccountOf(fault).Contains("simulator answers", StringComparison.Ordinal).ShouldBe(isSimulated);
    }

    [Fact]
    public void Warning_OfAModelWithNowhereToGo_NamesIt()
    {
        DrillWords.WarningOf(Plan(FaultKind.Fail), Snapshot).ShouldBe("simulator/echo has no other target and no fallback model to go to: those calls fail for your users, unless a graceful message is set.");
        DrillWords.WarningOf(new DrillPlan { ProviderId = Simulator.Id, Fault = FaultKind.Fail, Minutes = 5 }, Snapshot).ShouldStartWith("simulator/*, simulator/echo and simulator/lorem-200-300-20 have no other target");
    }

    [Fact]
    public async Task Warning_OfSlowAnswers_NamesModelsWhoseUsersWaitForThem()
    {
        DrillWords.WarningOf(Plan(FaultKind.Slow), Snapshot).ShouldBe("simulator/echo waits longer than that for a first token: your users get the simulated answer. To rehearse the fallback instead, choose stall.");
        await PutAsync(Echo with { Fallbacks = ["simulator/lorem-200-300-20"], Timeouts = new ModelTimeouts { FirstTokenSeconds = 5 } });

        DrillWords.WarningOf(Plan(FaultKind.Slow), Snapshot).ShouldBeNull();
    }

    [Fact]
    public async Task Warning_OfCutAnswers_NamesModelsWithoutRescue()
    {
        DrillWords.WarningOf(Plan(FaultKind.Cut), Snapshot).ShouldBe("simulator/echo ends answers that break off with an error: your users will see it.");
        await PutAsync(Echo with { Fallbacks = ["simulator/lorem-200-300-20"], Resilience = new ModelResilience { Rescue = RescueMode.Hold } });

        DrillWords.WarningOf(Plan(FaultKind.Cut), Snapshot).ShouldBeNull();
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Warning_OfCutAnswersThatAreContinued_IsNoneIfAnotherTargetTakesAPrefill(bool acceptsPrefill, bool isWarned)
    {
        var other = new Provider { Id = Ids.New("prv", Time), Name = "Other", Kind = ProviderKind.Ollama, CreatedAt = Time.GetUtcNow() };
        await Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(other), Cancellation);
        await PutAsync(Echo with { Targets = [Echo.Targets[0], new ModelTarget(other.Id, "m") { Group = 1, AcceptsPrefill = acceptsPrefill }], Resilience = new ModelResilience { Rescue = RescueMode.Continue } });

        (DrillWords.WarningOf(Plan(FaultKind.Cut) with { ProviderId = Simulator.Id }, Snapshot) is not null).ShouldBe(isWarned);
    }

    [Fact]
    public async Task Warning_OfAModelWithAFallback_IsNoneWhileTheFallbackIsSpared()
    {
        await PutAsync(Echo with { Fallbacks = ["simulator/lorem-200-300-20"] });

        DrillWords.WarningOf(Plan(FaultKind.Fail), Snapshot).ShouldBeNull();
        DrillWords.WarningOf(Plan(FaultKind.Fail) with { ModelId = null, ProviderId = Simulator.Id }, Snapshot).ShouldNotBeNull();
    }

    [Fact]
    public async Task Warning_OfAModelWhoseTargetsAllMisbehave_NamesIt()
    {
        await PutAsync(Echo with { Targets = [Echo.Targets[0], Echo.Targets[0] with { Model = "other" }] });
        var plan = Plan(FaultKind.Fail) with { ProviderId = Simulator.Id };

        DrillWords.WarningOf(plan, Snapshot).ShouldStartWith("simulator/echo has no other target");
    }

    [Fact]
    public void Figures_OfAReport_AreThoseOfOneAffectedCall()
    {
        var report = new DrillReport(4, 3, 0, 1, TimeSpan.FromSeconds(2), Usd.FromDollars(0.5m));

        (DrillFigures.Latency(report), DrillFigures.Part(3, report), DrillFigures.Cost(report)).ShouldBe(("500\u00a0ms", "75\u00a0% of them", "+$0.50"));
        (DrillFigures.Latency(new DrillReport()), DrillFigures.Part(0, new DrillReport()), DrillFigures.Cost(new DrillReport())).ShouldBe(("–", "–", "–"));
        DrillFigures.Cost(report with { AddedCost = Usd.FromDollars(-0.5m) }).ShouldBe("-$0.50");
    }

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(-3, "0:00")]
    [InlineData(59.2, "1:00")]
    [InlineData(245, "4:05")]
    [InlineData(3_661, "1:01:01")]
    public void Countdown_OfSeconds_ReadsAsAClock(double seconds, string text) => DrillFigures.Countdown(TimeSpan.FromSeconds(seconds)).ShouldBe(text);

    private DrillPlan Plan(FaultKind fault) => new() { ModelId = Echo.Id, Fault = fault, Minutes = 5 };

    private Task<ConfigurationSnapshot> PutAsync(Model model) => Services.GetRequiredService<ConfigurationEditor>().SaveAsync(Actor.System, Change.Put(model), Cancellation);
}
