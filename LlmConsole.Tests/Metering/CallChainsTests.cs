using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Metering;

public sealed class CallChainsTests
{
    private static readonly string[] Files = ["1", "2", "3"];

    /// <summary>What it gives is looked at: nothing of what else waits.</summary>
    [Fact]
    public void Of_AfterFilesCameAndWent_GivesTheScopesCallsAndNoOthers() => Prop.ForAll(
        (from record in UsageRecords.Any from file in Gen.Elements(Files) from removes in Gen.Choose(0, 9) select (JournaledCall.Of(record), file, removes == 0)).ArrayOf(40).ToArbitrary(),
        steps =>
        {
            var (chains, kept) = (new CallChains(), new List<(string File, JournaledCall Call)>());
            foreach (var (call, file, removes) in steps)
            {
                if (removes)
                {
                    chains.Remove(file);
                    kept.RemoveAll(one => one.File == file);
                }
                else
                {
                    chains.Add(file, [call]);
                    kept.Add((file, call));
                }

                chains.IsEmpty.ShouldBe(kept.Count == 0);
                Files.Select(chains.Has).ShouldBe(Files.Select(name => kept.Any(one => one.File == name)));
            }

            foreach (var scope in Scopes()) chains.Of(scope).ShouldBe(kept.Select(one => one.Call).Where(call => call.IsOf(scope)));
        }).Holds(60);

    private static IEnumerable<SpendScope> Scopes() =>
        from tenant in (string[])["ten_a", "ten_b", "ten_c"]
        from scope in (SpendScope[])[new(tenant), new(tenant) { KeyId = "key_a" }, new(tenant) { KeyId = "key_b" }, new(tenant) { UserId = "usr_a" }, new(tenant) { UserId = "usr_b" }]
        select scope;
}
