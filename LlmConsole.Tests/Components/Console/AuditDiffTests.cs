using LlmConsole.Components.Console.Audit;

namespace LlmConsole.Tests.Components.Console;

public sealed class AuditDiffTests
{
    [Fact]
    public void Of_Update_ShowsOnlyWhatDiffers() =>
        AuditDiff.Of("""{"name":"a","limit":5,"models":["x"]}""", """{"name":"a","limit":6,"models":["x","y"]}""")
            .ShouldBe([new("limit", "5", "6"), new("models", "x", "x, y")]);

    [Fact]
    public void Of_Create_ShowsWhatHasAValue() =>
        AuditDiff.Of(null, """{"name":"a","limit":null}""").ShouldBe([new("name", null, "a")]);

    [Fact]
    public void Of_NestedObjects_NamesThePath() =>
        AuditDiff.Of("""{"targets":[{"model":"a"}],"timeouts":{"idle":1}}""", """{"targets":[{"model":"b"}],"timeouts":{"idle":2}}""")
            .ShouldBe([new("targets[0].model", "a", "b"), new("timeouts.idle", "1", "2")]);

    [Fact]
    public void Of_ClearedField_HasNoAfter() => AuditDiff.Of("""{"reason":"late"}""", """{"reason":null}""").ShouldBe([new("reason", "late", null)]);
}
