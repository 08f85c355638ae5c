using System.Text;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;

namespace LlmConsole.Tests.Wire;

public sealed class PlainChunkTests
{
    private static readonly string[] Deltas =
    [
        """{"role":"assistant","content":""}""", """{"content":"a"}""", """{"content":"bc"}""", """{"content":""}""", """{"content":"é😀"}""", """{"content":"\n\"x\""}""",
        """{"content":"d","tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}""", """{"content":"e"}""", """{"content":"f\","content":"g"}""", """{"content":"h"}""",
        """{"content":null}""", """{"content":"i","reasoning":"r"}""", """{"reasoning":"r"}""", """{"reasoning":"s"}""", """{"content":"j"}""",
    ];

    [Fact]
    public void Read_ChunksInAnyOrder_SaysOfEachWhatItSaysAlone()
    {
        var usage = new AnswerUsage();
        var chance = new Random(7);
        for (var i = 0; i < 2_000; i++)
        {
            var chunk = Encoding.UTF8.GetBytes(
                $$"""{"id":"c","choices":[{"index":{{chance.Next(2)}},"delta":{{Deltas[chance.Next(Deltas.Length)]}},"finish_reason":{{(chance.Next(9) == 0 ? "\"stop\"" : "null")}}}]{{(chance.Next(9) == 0 ? ",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}" : "")}}}""");

            var alone = AnswerTap.Read(chunk);
            var inTurn = usage.Read(chunk, "m");

            (inTurn.IsValid, inTurn.HasError, inTurn.ChoiceCount, inTurn.OutputBytes, inTurn.HasToolCalls, inTurn.HasOtherOutput, inTurn.FinishReason, inTurn.Usage, inTurn.FinishedChoices)
                .ShouldBe((alone.IsValid, alone.HasError, alone.ChoiceCount, alone.OutputBytes, alone.HasToolCalls, alone.HasOtherOutput, alone.FinishReason, alone.Usage, alone.FinishedChoices), Encoding.UTF8.GetString(chunk));
        }
    }

    [Fact]
    public void TextOf_ChunkWithAnotherEnd_IsNone()
    {
        var chunk = """{"content":"ab"}"""u8.ToArray();
        var plain = PlainChunk.Of(chunk, 12..14);

        plain.TextOf("""{"content":"c"}"""u8, out var text).ShouldBeTrue();
        text.SequenceEqual("c"u8).ShouldBeTrue();
        plain.TextOf("""{"content":"c","x":"d"}"""u8, out _).ShouldBeFalse();
        plain.TextOf("""{"content":"c"} """u8, out _).ShouldBeFalse();
        plain.TextOf("""{"content":"""u8, out _).ShouldBeFalse();
        default(PlainChunk).TextOf(chunk, out _).ShouldBeFalse();
    }
}
