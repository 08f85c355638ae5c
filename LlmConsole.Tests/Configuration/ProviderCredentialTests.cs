using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Configuration;

public sealed class ProviderCredentialTests : ISecretProtector
{
    private static readonly Provider Plain = new() { Id = "prv_1", Name = "p", Kind = ProviderKind.OpenAI };

    [Theory]
    [InlineData(" sk-0123456789abcd ", "abcd")]
    [InlineData("short-key", null)]
    public void WithApiKey_Given_StoresItProtectedWithItsEnd(string text, string? lastFour)
    {
        var provider = Plain.WithApiKey(text, this);

        provider.ProtectedApiKey.ShouldBe($"{SecretPurpose.ProviderApiKey}:{text.Trim()}");
        provider.ApiKeyLastFour.ShouldBe(lastFour);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void WithApiKey_None_ClearsIt(string? text)
    {
        var provider = Plain.WithApiKey("sk-0123456789abcd", this).WithApiKey(text, this);

        (provider.ProtectedApiKey, provider.ApiKeyLastFour).ShouldBe((null, null));
    }

    string ISecretProtector.Protect(string purpose, string secret) => $"{purpose}:{secret}";

    string ISecretProtector.Unprotect(string purpose, string protectedSecret) => protectedSecret[(purpose.Length + 1)..];
}
