using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Authentication;

public sealed class KnownKeysTests
{
    [Fact]
    public void TryFind_AKeyThatWasAdded_GivesItsHash()
    {
        var key = KeyFormat.Generate(ApiKeyKind.Live);
        KnownKeys.TryFind(key, out _).ShouldBeFalse();
        KnownKeys.Add(key, KeyHash.Of(key));
        KnownKeys.TryFind(key, out var hash).ShouldBeTrue();
        hash.ShouldBe(KeyHash.Of(key));
    }

    [Fact]
    public void TryFind_AnyOtherText_FindsNothing()
    {
        var key = KeyFormat.Generate(ApiKeyKind.Live);
        KnownKeys.Add(key, KeyHash.Of(key));
        for (var i = 0; i < key.Length; i++)
        {
            KnownKeys.TryFind(key.AsSpan(0, i), out _).ShouldBeFalse();
            KnownKeys.TryFind(key.Remove(i, 1).Insert(i, "~"), out _).ShouldBeFalse();
        }

        KnownKeys.TryFind(key + "\0", out _).ShouldBeFalse();
        KnownKeys.TryFind(key + "é", out _).ShouldBeFalse();
        KnownKeys.TryFind("", out _).ShouldBeFalse();
    }
}
