using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace LlmConsole.Tests.Caching;

/// <summary>A JSON value, and every way to spell it.</summary>
internal abstract record JsonValue
{
    private static readonly string[] Names = ["a", "b", "model", "stream", "user", "A", "ž", "", "role", "a\"b"];
    private static readonly string[] Texts = ["", "a", "é", "😀", "line\nbreak", "\"quoted\"", "1", "null", "\u0001", "/"];
    private static readonly decimal[] Numbers = [0, 1, -1, 10, 100, 0.1m, 0.5m, -0.25m, 1.5m, 9007199254740993m, 9007199254740992m, 123456789012345678901234567m, 0.000001m];

    public static Gen<JsonValue> Any(int depth) => depth == 0 ? Leaf() : Gen.OneOf(Leaf(), List(depth), Fields(depth));

    public static Gen<JsonValue> Fields(int depth) =>
        from names in Gen.SubListOf(Names)
        from values in Any(depth - 1).ArrayOf(names.Count)
        select (JsonValue)new JsonFields([.. names.Zip(values)]);

    /// <summary>Spells the value, by chance one way or another.</summary>
    public abstract void Write(StringBuilder to, Random chance);

    /// <summary>A value that differs in one place.</summary>
    public abstract JsonValue Altered(Random chance);

    protected static void Space(StringBuilder to, Random chance) => to.Append(chance.Next(4) switch { 0 => " ", 1 => "\n\t", _ => "" });

    private static Gen<JsonValue> Leaf() => Gen.OneOf(
        Gen.Elements(Texts).Select(text => (JsonValue)new JsonText(text)), Gen.Elements(Numbers).Select(number => (JsonValue)new JsonNumber(number)),
        Gen.Elements("true", "false", "null").Select(word => (JsonValue)new JsonWord(word)));

    private static Gen<JsonValue> List(int depth) => Any(depth - 1).ArrayOf().Resize(4).Select(items => (JsonValue)new JsonList(items));
}

internal sealed record JsonFields((string Name, JsonValue Value)[] Items) : JsonValue
{
    public override void Write(StringBuilder to, Random chance)
    {
        var shuffled = Items.ToArray();
        chance.Shuffle(shuffled);
        to.Append('{');
        for (var i = 0; i < shuffled.Length; i++)
        {
            if (i > 0) to.Append(',');
            Space(to, chance);
            new JsonText(shuffled[i].Name).Write(to, chance);
            Space(to, chance);
            to.Append(':');
            Space(to, chance);
            shuffled[i].Value.Write(to, chance);
        }

        Space(to, chance);
        to.Append('}');
    }

    public override JsonValue Altered(Random chance)
    {
        if (Items.Length == 0) return new JsonFields([("new", new JsonWord("null"))]);
        var at = chance.Next(Items.Length);
        return chance.Next(3) switch
        {
            0 => new JsonFields([.. Items.Where((_, i) => i != at)]),
            1 => new JsonFields([.. Items.Select((item, i) => i == at ? (item.Name + "'", item.Value) : item)]),
            _ => new JsonFields([.. Items.Select((item, i) => i == at ? (item.Name, item.Value.Altered(chance)) : item)]),
        };
    }
}

internal sealed record JsonList(JsonValue[] Items) : JsonValue
{
    public override void Write(StringBuilder to, Random chance)
    {
        to.Append('[');
        for (var i = 0; i < Items.Length; i++)
        {
            if (i > 0) to.Append(',');
            Space(to, chance);
            Items[i].Write(to, chance);
        }

        to.Append(']');
    }

    public override JsonValue Altered(Random chance)
    {
        if (Items.Length == 0) return new JsonFields([]);
        var at = chance.Next(Items.Length);
        return chance.Next(2) == 0 ? new JsonList([.. Items, Items[at]]) : new JsonList([.. Items.Select((item, i) => i == at ? item.Altered(chance) : item)]);
    }
}

internal sealed record JsonText(string Text) : JsonValue
{
    public override void Write(StringBuilder to, Random chance)
    {
        to.Append('"');
        foreach (var rune in Text.EnumerateRunes())
        {
            if (rune.Value >= ' ' && rune.Value is not ('"' or '\\') && chance.Next(3) != 0) to.Append(rune);
            else foreach (var unit in rune.ToString()) to.Append("\\u").Append(((int)unit).ToString(chance.Next(2) == 0 ? "x4" : "X4", CultureInfo.InvariantCulture));
        }

        to.Append('"');
    }

    public override JsonValue Altered(Random chance) => new JsonText(Text + "x");
}

internal sealed record JsonNumber(decimal Number) : JsonValue
{
    public override void Write(StringBuilder to, Random chance)
    {
        var plain = Number.ToString(CultureInfo.InvariantCulture);
        var sign = Number == 0 && chance.Next(2) == 0 ? "-" : "";
        var digits = plain.Replace("-", "", StringComparison.Ordinal);
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        to.Append(chance.Next(5) switch
        {
            0 => sign + plain,
            1 => sign + plain + (point < 0 ? ".000" : "00"),
            2 => sign + plain + "e0",
            3 => sign + plain + "E+00",
            _ => point < 0 ? $"{(plain[0] == '-' ? "-" : sign)}0.{digits}e{digits.Length}" : sign + plain + "0e-0",
        });
    }

    public override JsonValue Altered(Random chance) => new JsonNumber(Number + 1);
}

internal sealed record JsonWord(string Word) : JsonValue
{
    public override void Write(StringBuilder to, Random chance) => to.Append(Word);

    public override JsonValue Altered(Random chance) => new JsonText(Word);
}
