using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FsCheck.Fluent;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching;

/// <summary>What may be given again, read in one pass, held against the same rules on a parsed document.</summary>
public sealed class AnswerCheckTests
{
    private static readonly AnswerCheck All = new(1, MayEndByLength: true, MayCallTools: true);
    private static readonly AnswerCheck Plain = new(1, MayEndByLength: false, MayCallTools: false);

    private static readonly string[] Answers =
    [
        """{"choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null},"finish_reason":"stop"}],"usage":{}}""",
        """{"choices":[{"finish_reason":"length","message":{"content":"h"}}]}""",
        """{"choices":[{"message":{"content":null,"tool_calls":[{"id":"t"}]},"finish_reason":"tool_calls"}]}""",
        """{"choices":[{"message":{"content":null,"tool_calls":[{"id":"t"},3]},"finish_reason":"tool_calls"}]}""",
        """{"choices":[{"message":{"content":"","function_call":{}},"finish_reason":"function_call"}]}""",
        """{"choices":[{"message":{"content":"no","refusal":"I won't"},"finish_reason":"stop"}]}""",
        """{"choices":[{"message":{"content":[{"type":"text"}]},"finish_reason":"stop"}]}""",
        """{"choices":[{"message":{"content":""},"message":{"content":"last"},"finish_reason":"content_filter","finish_reason":"stop"}]}""",
        """{"choices":[{"message":{"content":"a"},"finish_reason":"stop"},{"message":{"content":"b"},"finish_reason":"stop"}]}""",
        """{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"},7]}""",
        """{"choices":[],"choices":{"0":1}}""",
        """{"choices":[{"delta":{"content":"a"},"message":{"role":"assistant"},"finish_reason":"stop"}]}""",
        """{"choices":[{"message":{"content":"a","function_call":{"name":"f"}},"finish_reason":"stop"}]}""",
        """{"choices":[{"message":{"content":"\ud83d"},"finish_reason":"stop"}]}""",
    ];

    [Theory]
    [InlineData(0, true, true)]
    [InlineData(1, true, false)]
    [InlineData(2, true, false)]
    [InlineData(3, false, false)]
    [InlineData(4, true, false)]
    [InlineData(5, false, false)]
    [InlineData(6, true, true)]
    [InlineData(7, true, true)]
    [InlineData(8, false, false)]
    [InlineData(9, false, false)]
    [InlineData(10, false, false)]
    public void Passes_WholeAnswersAlone(int answer, bool whereAllIsAllowed, bool wherePlainTextIs)
    {
        All.Passes(Encoding.UTF8.GetBytes(Answers[answer])).ShouldBe(whereAllIsAllowed);
        Plain.Passes(Encoding.UTF8.GetBytes(Answers[answer])).ShouldBe(wherePlainTextIs);
    }

    [Fact]
    public void Passes_Damaged_AsADocumentWould() => Prop.ForAll(Mutations.Of(Answers), bytes =>
    {
        if (!AnswerTap.Read(bytes).IsValid) return;
        foreach (var check in new[] { All, Plain, new AnswerCheck(2, MayEndByLength: true, MayCallTools: false) }) check.Passes(bytes).ShouldBe(DocumentPasses(check, bytes), Encoding.UTF8.GetString(bytes));
    }).Holds(3_000);

    [Fact]
    public void IsPlainCompletion_PassesEveryCheckOfOneChoice() => Prop.ForAll(Mutations.Of(Answers), bytes =>
    {
        if (AnswerTap.Read(bytes).IsPlainCompletion && Utf8.IsValid(bytes)) Plain.Passes(bytes).ShouldBeTrue(Encoding.UTF8.GetString(bytes));
    }).Holds(3_000);

    [Fact]
    public void IsPlainCompletion_OfAnAnswerAsMostAre() => Answers.Select(answer => AnswerTap.Read(Encoding.UTF8.GetBytes(answer)).IsPlainCompletion).ShouldBe([true, .. Enumerable.Repeat(false, Answers.Length - 1)]);

    private static bool DocumentPasses(AnswerCheck check, byte[] bytes)
    {
        if (!Utf8.IsValid(bytes) || !LlmConsole.Core.Wire.JsonText.IsText(bytes)) return false;
        using var document = JsonDocument.Parse(bytes);
        return document.RootElement.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() == check.Choices
            && choices.EnumerateArray().All(choice => choice.ValueKind == JsonValueKind.Object && ChoicePasses(check, choice));
    }

    private static bool ChoicePasses(AnswerCheck check, JsonElement choice)
    {
        if (!choice.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.Object || Has(message, "refusal")) return false;
        var callsTools = Has(message, "tool_calls") || Has(message, "function_call");
        if (callsTools ? !check.MayCallTools || !AreCalls(message) : !Has(message, "content")) return false;
        string[] ends = ["stop", .. check.MayEndByLength ? ["length"] : Array.Empty<string>(), .. check.MayCallTools ? ["tool_calls", "function_call"] : Array.Empty<string>()];
        return choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String && ends.Contains(reason.GetString());
    }

    private static bool AreCalls(JsonElement message) =>
        !message.TryGetProperty("tool_calls", out var calls) || calls.ValueKind != JsonValueKind.Array || calls.EnumerateArray().All(call => call.ValueKind == JsonValueKind.Object);

    private static bool Has(JsonElement message, string name) => message.TryGetProperty(name, out var value) && value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => true,
        _ => false,
    };
}
