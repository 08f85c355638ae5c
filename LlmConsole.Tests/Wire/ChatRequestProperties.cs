using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Wire;

/// <summary>What holds for every body, against a full parser as the oracle.</summary>
public sealed class ChatRequestProperties
{
    private static readonly string[] Required = ["\"model\":\"m\"", "\"messages\":[{\"role\":\"user\",\"content\":\"hé\\n😀\"}]", "\"stream\":true"];

    private static readonly string[] Optional =
    [
        "\"max_tokens\": 12", "\"max_completion_tokens\":5", "\"stream_options\":{\"include_usage\":true}", "\"n\":2", "\"x-new\":{\"model\":[1,{\"stream\":false}],\"a\\\"b\":null}",
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}]", "\"logit_bias\":{\"50256\":-100}", "\"temperature\":0.5",
        "\"metadata\":{\"task\":\"t\"}", "\"seed\":1e3", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{}}", "\"ключ\":\"значение\"",
    ];

    private static readonly Arbitrary<string> Bodies =
        (from optional in Gen.SubListOf(Optional)
         from fields in Gen.Shuffle(Required.Concat(optional))
         from spaces in Gen.Elements("", " ", "\n\t", "\r\n  ").ArrayOf(fields.Length)
         select $"{spaces[0]}{{{string.Join(",", fields.Zip(spaces, (field, space) => space + field + space))}}}{spaces[^1]}").ToArbitrary();

    [Fact]
    public void Parse_AnyValidBody_FindsWhatAFullParserFinds() => Prop.ForAll(Bodies, text =>
    {
        var request = ChatRequest.Parse(Encoding.UTF8.GetBytes(text));
        var root = JsonSerializer.Deserialize<JsonElement>(text);

        request.Model.ShouldBe("m");
        Slice(request, request.Spans.Model).ShouldBe(root.GetProperty("model").GetRawText());
        Slice(request, request.Spans.StreamOptions).ShouldBe(Raw(root, "stream_options"));
        Slice(request, request.Spans.MaxTokens).ShouldBe(Raw(root, "max_tokens"));
        Slice(request, request.Spans.MaxCompletionTokens).ShouldBe(Raw(root, "max_completion_tokens"));
        request.Body.Span[request.Spans.Insert - 1].ShouldBe((byte)'{');
        request.MaxOutputTokens.ShouldBe(root.TryGetProperty("max_completion_tokens", out var newer) ? newer.GetInt32() : root.TryGetProperty("max_tokens", out var older) ? older.GetInt32() : null);
        request.Choices.ShouldBe(root.TryGetProperty("n", out var n) ? n.GetInt32() : 1);
        request.IncludeUsage.ShouldBe(root.TryGetProperty("stream_options", out _));
        request.TextBytes.ShouldBeGreaterThanOrEqualTo(Encoding.UTF8.GetByteCount(root.GetProperty("messages").GetRawText()));
    }).Holds();

    [Fact]
    public void Parse_AnyValidBodyWithAFieldTwice_Refuses() => Prop.ForAll(Bodies, Gen.Elements(Required).ToArbitrary(), (text, again) =>
    {
        var body = Encoding.UTF8.GetBytes(text.TrimEnd()[..^1] + "," + again + "}");

        Should.Throw<RefusalException>(() => ChatRequest.Parse(body)).Error.ShouldBe(ErrorCode.InvalidValue);
    }).Holds();

    /// <summary>Damage at a random place: the answer is a request or a refusal, never another exception.</summary>
    [Fact]
    public void Parse_AnyDamagedBody_IsReadOrRefused()
    {
        var damage =
            from at in Gen.Choose(0, 1_000)
            from length in Gen.Choose(0, 3)
            from bytes in Gen.Elements("\\ud800", "\"", "\\", "{", "}", "[", "]", ",", ":", "\\u0000", "\0", "é", "1e999", "null", "\u2028").Select(Encoding.UTF8.GetBytes).Or(Gen.Choose(0, 255).Select(value => new[] { (byte)value }))
            select (At: at, Length: length, Bytes: bytes);

        Prop.ForAll(Bodies, damage.ToArbitrary(), (text, change) =>
        {
            var whole = Encoding.UTF8.GetBytes(text);
            var at = change.At % whole.Length;
            byte[] body = [.. whole[..at], .. change.Bytes, .. whole[Math.Min(whole.Length, at + change.Length)..]];
            try
            {
                ChatRequest.Parse(body).Model.Length.ShouldBeGreaterThan(0);
            }
            catch (RefusalException refusal)
            {
                refusal.Error.Status.ShouldBe(400);
            }
        }).Holds(2_000);
    }

    private static string Slice(ChatRequest request, Range span) => Encoding.UTF8.GetString(request.Body[span].Span);

    private static string Raw(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.GetRawText() : "";
}
