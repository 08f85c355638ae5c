using System.Text;
using LlmConsole.Core;

namespace LlmConsole.Tests.Configuration;

public sealed class KnownTextTests
{
    [Fact]
    public void Of_TheSameTextTwice_IsOneString() => KnownText.Of("a-model-of-this-test"u8).ShouldBeSameAs(KnownText.Of("a-model-of-this-test"u8));

    [Fact]
    public void Of_MoreTextsThanThereIsRoomFor_IsAlwaysThatText()
    {
        for (var i = 0; i < 5_000; i++) KnownText.Of(Encoding.ASCII.GetBytes($"text-{i}-end")).ShouldBe($"text-{i}-end");
    }

    [Theory]
    [InlineData("")]
    [InlineData("mödel")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void Of_WhatIsNoShortAscii_IsNone(string text) => KnownText.Of(Encoding.UTF8.GetBytes(text)).ShouldBeNull();
}
