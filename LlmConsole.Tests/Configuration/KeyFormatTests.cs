using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Configuration;

public sealed class KeyFormatTests
{
    [Theory]
    [InlineData(ApiKeyKind.Live, "llmc_live_")]
    [InlineData(ApiKeyKind.Admin, "llmc_admin_")]
    public void Generate_Always_IsPrefixRandomAndChecksum(ApiKeyKind kind, string prefix)
    {
        var text = KeyFormat.Generate(kind);

        text.ShouldStartWith(prefix);
        text.Length.ShouldBe(prefix.Length + 38);
        KeyFormat.TryParse(text, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(kind);
    }

    [Fact]
    public void TryParse_AnyCharacterChanged_Refuses()
    {
        var text = KeyFormat.Generate(ApiKeyKind.Live);

        for (var i = 0; i < text.Length; i++)
        {
            var changed = text[..i] + (text[i] == 'x' ? 'y' : 'x') + text[(i + 1)..];
            KeyFormat.TryParse(changed, out _).ShouldBeFalse(changed);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("llmc_live_")]
    [InlineData("sk-proj-something")]
    public void TryParse_NotOurs_Refuses(string text) => KeyFormat.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void TryParse_Damaged_RefusesAllButTheKeyItself()
    {
        var keys = new[] { KeyFormat.Generate(ApiKeyKind.Live), KeyFormat.Generate(ApiKeyKind.Admin) };

        Prop.ForAll(Mutations.Of(keys), damaged =>
        {
            var text = Encoding.UTF8.GetString(damaged);

            KeyFormat.TryParse(text, out _).ShouldBe(keys.Contains(text));
            (KeyHash.Of(text) == KeyHash.Of(keys[0])).ShouldBe(text == keys[0]);
        }).Holds(5_000);
    }

    [Fact]
    public void Hash_ThatDiffersInAnyWord_IsAnother()
    {
        var hash = new KeyHash(1, 2, 3, 4);

        hash.ShouldBe(new KeyHash(1, 2, 3, 4));
        foreach (var other in (KeyHash[])[hash with { A = 0 }, hash with { B = 0 }, hash with { C = 0 }, hash with { D = 0 }]) hash.ShouldNotBe(other);
    }
}
