using System.Text;
using System.Text.Json;
using LlmConsole.Core.Bodies;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Bodies;

public sealed class MaskingTests
{
    private static readonly BodyMask[] All = Enum.GetValues<BodyMask>();

    [Theory]
    [InlineData("write to ada.lovelace+1@mail.example.co.uk, please", "write to [e-mail], please")]
    [InlineData("card 4111 1111 1111 1111 ok", "card [card] ok")]
    [InlineData("card 5500-0000-0000-0004.", "card [card].")]
    [InlineData("order 4111 1111 1111 1112 is no card", "order 4111 1111 1111 1112 is no card")]
    [InlineData("sk-proj-abcDEF0123456789abcdef", "[secret]")]
    [InlineData("key llmc_live_0123456789abcdefghijABCDEFGHIJ01abcdef!", "key [secret]!")]
    [InlineData("token llmc_client_CfDJ8A-lGhcYEN1Ahlv2linD8_HPy3a!", "token [secret]!")]
    [InlineData("AKIAIOSFODNN7EXAMPLE and ghp_0123456789abcdefghij0123456789abcdef", "[secret] and [secret]")]
    [InlineData("Authorization: Bearer abcdefghijklmnop.qrstuv", "Authorization: Bearer [secret]")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend", "[secret]\nend")]
    [InlineData("task-force of the risk-averse, skating at 12345678901234", "task-force of the risk-averse, skating at 12345678901234")]
    public void Apply_AllRules_LeaveOnlyTheWordForIt(string text, string masked) => Masking.Apply(text, All).ShouldBe(masked);

    [Fact]
    public void Apply_MillionBeginningsOfATokenThatNeverEnds_IsDoneInTime()
    {
        var text = string.Concat(Enumerable.Repeat("eyJ-", 250_000));

        Masking.Apply(text, All).ShouldBe(text);
    }

    [Fact]
    public void Apply_OneRule_LeavesTheOthersAlone() =>
        Masking.Apply("ada@example.com 4111111111111111", [BodyMask.Cards]).ShouldBe("ada@example.com [card]");

    [Theory]
    [InlineData("""{"content":"ada\u0040example.com"}""", """{"content":"[e-mail]"}""")]
    [InlineData("""{"ada@example.com":[true,null,1.50,4111111111111111]}""", """{"[e-mail]":[true,null,1.50,"[card]"]}""")]
    [InlineData("""{"arguments":"{\"to\":\"ada@example.com\"}"}""", """{"arguments":"{\"to\":\"[e-mail]\"}"}""")]
    public void Of_AnySpellingOfJson_MasksTheTextThatItMeans(string json, string masked) =>
        Encoding.UTF8.GetString(MaskedJson.Of(Encoding.UTF8.GetBytes(json), All)).ShouldBe(masked);

    [Fact]
    public void Of_WhatIsNoJson_IsMaskedAsOneText() =>
        JsonSerializer.Deserialize<string>(MaskedJson.Of("""{"to": "ada@example.com" """u8, All)).ShouldBe("""{"to": "[e-mail]" """);

    [Fact]
    public void Of_LongData_IsCutAndSaysHowLongItWas()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new { url = "data:image/png;base64," + new string('A', 3_000_000) });

        var masked = JsonSerializer.Deserialize<JsonElement>(MaskedJson.Of(json, All)).GetProperty("url").GetString()!;

        masked.Length.ShouldBeLessThan(2_000);
        masked.ShouldEndWith("… (cut: 3000022 characters)");
    }
}
