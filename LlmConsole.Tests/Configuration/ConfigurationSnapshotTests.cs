using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Configuration;

/// <summary>A snapshot takes its indexes over from the one before it, as far as they still hold.</summary>
public sealed class ConfigurationSnapshotTests
{
    private static readonly ApiKey First = Issue("first"), Second = Issue("second");

    [Fact]
    public void FindKey_AfterEditsOfKeys_FindsWhatThereIsThen()
    {
        var both = ConfigurationSnapshot.Empty.With([Change.Put(First), Change.Put(Second)]);
        var changed = both.With([Change.Put(First with { Hash = Issue("other").Hash, Name = "changed" }), Change.Delete(Second)]);

        both.FindKey(First.Hash).ShouldBe(First);
        both.FindKey(Second.Hash).ShouldBe(Second);
        changed.FindKey(First.Hash).ShouldBeNull();
        changed.FindKey(Second.Hash).ShouldBeNull();
        changed.FindKey(changed.Keys[First.Id].Hash)!.Name.ShouldBe("changed");
    }

    [Fact]
    public void Find_AfterAnEditOfSomethingElse_FindsKeysAndUsersAsBefore()
    {
        var limit = new UserLimit { Id = "lim", TenantId = "ten", UserId = "ada" };
        var before = ConfigurationSnapshot.Empty.With([Change.Put(First), Change.Put(limit)]);
        var after = before.With([Change.Put(new Tier { Id = "t", Name = "Small" })]);

        after.FindKey(First.Hash).ShouldBe(First);
        after.FindUserLimit("ten", "ada").ShouldBe(limit);
        after.With([Change.Delete(limit)]).FindUserLimit("ten", "ada").ShouldBeNull();
    }

    private static ApiKey Issue(string name) => IssuedKey.Create(ApiKeyKind.Live, name, "ten", TimeProvider.System).Key;
}
