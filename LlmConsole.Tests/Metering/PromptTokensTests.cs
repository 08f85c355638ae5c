using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Metering;

public sealed class PromptTokensTests
{
    private static readonly TokenCounter Counter = TokenCounter.For("gpt-4o");
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Gen<string> Texts = Gen.Elements(
        "hello", " ", "\n", "\"", "\\", "\u0001", "é", "привет", "中文字", "日本語", "한국어", "हिन्दी", "ไทย", "עברית", "العربية", "ﷺ", "😀", "👩‍👩‍👧‍👦", "𝔘𝔫𝔦", "\u200b", "aaaaaaaa", "1234567", "}{", "<|im_end|>", "e\u0301")
        .ListOf().Select(string.Concat);

    // What a client may write as it is or as an escape: both name the same text.
    private static readonly Gen<string> Strings = Texts.SelectMany(text => Gen.Elements(JsonSerializer.Serialize(text), JsonSerializer.Serialize(text, Unescaped)));

    private static readonly Gen<string> Messages =
        from shape in Gen.Elements(
            """{"role":"user","content":@}""", """{"role":"","content":@}""", """{"role":"user","name":"n","content":@}""", """{"content":[{"type":"text","text":@}],"role":"user"}""",
            """{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"text","text":@}]}""",
            """{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":@}}]}""", """{"role":"tool","tool_call_id":"c","content":@}""",
            """{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}],"name":@}""")
        from text in Strings
        select shape.Replace("@", text, StringComparison.Ordinal);

    private static readonly Arbitrary<string> Bodies =
        (from messages in Messages.NonEmptyListOf()
         from description in Strings
         from tools in Gen.Elements("", ",\"tools\":[]", """ ,"tools":[{"type":"function","function":{"name":"f","description":@,"parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}]""")
         select $$"""{"model":"m","messages":[{{string.Join(',', messages)}}]{{tools.Replace("@", description, StringComparison.Ordinal)}}}""").ToArbitrary();

    [Fact]
    public void UpperBound_AnyPrompt_IsAtLeastTheCount() => Prop.ForAll(Bodies, body =>
    {
        var request = Parse(body);

        PromptTokens.Count(request, Counter).ShouldBeLessThanOrEqualTo(request.PromptUpperBound);
    }).Holds(1_000);

    [Fact]
    public void Count_PlainMessages_IsAsOpenAIDocumentsIt() =>
        Count("""[{"role":"system","content":"hello world"},{"role":"user","name":"user","content":"hello world"}]""").ShouldBe(3 + (3 + 1 + 2) + (3 + 1 + 1 + 1 + 2));

    [Fact]
    public void Count_Escapes_CountAsTheTextThatTheyName() =>
        Count("""[{"role":"user","content":"\u0068\u0065\u006c\u006c\u006f world"}]""").ShouldBe(Count("""[{"role":"user","content":"hello world"}]"""));

    [Fact]
    public void Count_Images_CountByAFixedNumberWhateverTheirSize()
    {
        long WithImage(int bytes) => Count($$$"""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{new string('A', bytes)}}}"}}]}]""");

        WithImage(1_000_000).ShouldBe(WithImage(0));
        WithImage(0).ShouldBe(3 + 3 + 1 + PromptTokens.ImageTokens);
    }

    [Fact]
    public void Count_HalfOfASurrogatePair_IsTheBound()
    {
        var request = Parse("""{"model":"m","messages":[{"role":"user","content":"\ud83d"}]}""");

        PromptTokens.Count(request, Counter).ShouldBe(request.PromptUpperBound);
    }

    [Fact]
    public void Count_HugePrompt_IsTheBound()
    {
        var request = Parse($$"""{"model":"m","messages":[{"role":"user","content":"{{new string('中', TokenCounter.MaxExactBytes / 2)}}"}]}""");

        PromptTokens.Count(request, Counter).ShouldBe(request.PromptUpperBound);
    }

    private static long Count(string messages) => PromptTokens.Count(Parse($$"""{"model":"m","messages":{{messages}}}"""), Counter);

    private static ChatRequest Parse(string body) => ChatRequest.Parse(Encoding.UTF8.GetBytes(body));
}
