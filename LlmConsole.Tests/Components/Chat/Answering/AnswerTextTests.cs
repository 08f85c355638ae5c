using System.Text;
using LlmConsole.Components.Chat.Answering;

namespace LlmConsole.Tests.Components.Chat.Answering;

public sealed class AnswerTextTests
{
    [Theory]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}""", "Hi")]
    [InlineData("""{"choices":[{"delta":{"content":"a\n\u00e9\ud83d\ude00"}}]}""", "a\né😀")]
    [InlineData("""{"choices":[{"index":0,"message":{"role":"assistant","content":"Whole"}}]}""", "Whole")]
    [InlineData("""{"choices":[{"index":0,"delta":{"refusal":"No."}}]}""", "No.")]
    [InlineData("""{"choices":[{"delta":{"content":"second"},"index":1}]}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":{"reasoning_content":"hm","content":null}}]}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{\"content\":\"x\"}"}}]}}]}""", "")]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}""", "")]
    [InlineData("""{"content":"x","choices":{"delta":{"content":"x"}}}""", "")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"\ud83d"}}]}""", "\uFFFD")]
    public void Append_Chunk_AddsTheFirstChoicesText(string json, string expected)
    {
        var text = new StringBuilder();

        AnswerText.Append(Encoding.UTF8.GetBytes(json), text).ShouldBe(expected.Length > 0);

        text.ToString().ShouldBe(expected);
    }
}
