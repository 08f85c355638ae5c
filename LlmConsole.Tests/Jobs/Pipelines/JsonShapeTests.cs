using System.Text.Json;
using LlmConsole.Core.Jobs.Pipelines;
using LlmConsole.Core.Metering;

namespace LlmConsole.Tests.Jobs.Pipelines;

public sealed class JsonShapeTests
{
    private const string Invoice = """
        {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["total","lines"],"additionalProperties":false,
         "properties":{"total":{"type":"number","exclusiveMinimum":0},"currency":{"enum":["EUR","USD"]},"note":{"type":["string","null"],"maxLength":5},"lines":{"type":"array","minItems":1,"items":{"$ref":"#/$defs/line"}}},
         "$defs":{"line":{"type":"object","properties":{"count":{"type":"integer"},"parts":{"type":"array","items":{"$ref":"#/$defs/line"}}}}}}
        """;

    [Theory]
    [InlineData("""{"total":3.5,"currency":"EUR","note":null,"lines":[{"count":1,"parts":[{"count":2.0}]}]}""", null)]
    [InlineData("""{"total":3.5}""", "/lines: required")]
    [InlineData("""{"total":"3.5","lines":[{}]}""", "/total: type")]
    [InlineData("""{"total":0,"lines":[{}]}""", "/total: exclusiveMinimum")]
    [InlineData("""{"total":1,"currency":"GBP","lines":[{}]}""", "/currency: enum")]
    [InlineData("""{"total":1,"note":"longer","lines":[{}]}""", "/note: maxLength")]
    [InlineData("""{"total":1,"lines":[]}""", "/lines: minItems")]
    [InlineData("""{"total":1,"lines":[{"parts":[{"count":1.5}]}]}""", "/lines/0/parts/0/count: type")]
    [InlineData("""{"total":1,"lines":[{}],"secret":1}""", ": additionalProperties: not allowed")]
    [InlineData("[]", ": type")]
    public void Misfit_OfAValue_SaysWhereAndWhich(string value, string? misfit)
    {
        Shape(Invoice).Refusal().ShouldBeNull();
        Shape(Invoice).Misfit(Json(value)).ShouldBe(misfit);
    }

    [Theory]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"integer"}]}""", "1", null)]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"integer"}]}""", "true", ": anyOf")]
    [InlineData("""{"oneOf":[{"type":"number"},{"type":"integer"}]}""", "1", ": oneOf")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":2}]}""", "3", ": maximum")]
    [InlineData("""{"const":{"a":1}}""", """{"a":1.0}""", null)]
    [InlineData("""{"const":1}""", "2", ": const")]
    public void Misfit_OfCombinedSchemas_IsThatOfTheirParts(string schema, string value, string? misfit) => Shape(schema).Misfit(Json(value)).ShouldBe(misfit);

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"allOf":[{"$ref":"#"},{"$ref":"#"}]}""")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}""")]
    [InlineData("""{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}""")]
    public void Misfit_OfASchemaThatLeadsToItself_Ends(string schema) => Shape(schema).Misfit(Json("1")).ShouldNotBeNull();

    [Theory]
    [InlineData("""{"properties":{"a":{"pattern":"x"}}}""", "/properties/a/pattern isn't supported")]
    [InlineData("""{"type":"text"}""", "/type must name types of JSON")]
    [InlineData("""{"$ref":"http://example.com/schema"}""", "/$ref must lead to a part of this schema, such as #/$defs/name")]
    [InlineData("""{"properties":[]}""", "/properties must be an object")]
    [InlineData("""{"anyOf":[{"minimum":"1"}]}""", "/anyOf/minimum must be a number")]
    public void Refusal_OfASchemaThatCantBeChecked_NamesWhy(string schema, string refusal) => Shape(schema).Refusal().ShouldBe(refusal);

    [Fact]
    public void Parts_OfAText_FitAndAreAllOfIt()
    {
        var counter = TokenCounter.For("m");
        var text = string.Join("\n\n", Enumerable.Range(0, 40).Select(i => $"Paragraph {i} says something. " + string.Concat(Enumerable.Repeat("More and more words. ", i)))) + new string('x', 4_000);

        var parts = TextParts.Of(text, 200, counter);

        parts.ShouldAllBe(part => counter.Count(part) <= 200);
        string.Concat(string.Concat(parts).Where(c => !char.IsWhiteSpace(c))).ShouldBe(string.Concat(text.Where(c => !char.IsWhiteSpace(c))));
        TextParts.Together(parts, 1_000, counter).Count.ShouldBeLessThan(parts.Count);
        TextParts.Together(["a", "b", "c"], 1, counter).ShouldBe(["a\n\nb", "c"]);
    }

    private static JsonShape Shape(string schema) => new(Json(schema));

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
