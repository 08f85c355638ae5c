using LlmConsole.Core.Idempotency;

namespace LlmConsole.Tests.Idempotency;

public sealed class IdempotentRequestTests
{
    [Theory]
    [InlineData("k", true)]
    [InlineData("0b9c7c2e-5a1f-4e0e-9c55-6d3d3f1f6a11", true)]
    [InlineData("!~,;\"", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("tab\t", false)]
    [InlineData("clé", false)]
    [InlineData("\u007f", false)]
    public void IsValidKey_TakesVisibleAscii(string key, bool isValid) => IdempotentRequest.IsValidKey(key).ShouldBe(isValid);

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void IsValidKey_HasALimit(int length, bool isValid) => IdempotentRequest.IsValidKey(new string('k', length)).ShouldBe(isValid);

    [Fact]
    public void Of_OtherRouteOrBody_HasAnotherHash()
    {
        string[] hashes = [Hash("/chat", "{}"u8), Hash("/chat", "{ }"u8), Hash("/v1/chat/completions", "{}"u8), Hash("/chat\n{", "}"u8)];

        hashes.Distinct().Count().ShouldBe(4);
        Hash("/chat", "{}"u8).ShouldBe(hashes[0]);
    }

    private static string Hash(string route, ReadOnlySpan<byte> body) => IdempotentRequest.Of("ten", "k", route, body).PayloadHash;
}
