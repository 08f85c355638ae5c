using System.Text.Json;
using LlmConsole.Core.Caching.Guards;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>Pairs of messages from a file: one JSON object a line, <c>{"a":"…","b":"…","label":true}</c>, compared by the lexical embedder. The label may be missing.</summary>
public static class PairFile
{
    public const int MostPairs = 5_000;

    /// <exception cref="FormatException">A line can't be read; the message names it.</exception>
    public static IReadOnlyList<SweepPair> Read(string text)
    {
        var pairs = new List<SweepPair>();
        var number = 0;
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            number++;
            if (line.Length == 0) continue;
            if (pairs.Count == MostPairs) throw new FormatException($"The file has more than {MostPairs} pairs. Send a part of it.");
            pairs.Add(ReadLine(line, number));
        }

        return pairs;
    }

    private static SweepPair ReadLine(string line, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var pair = document.RootElement;
            if (pair.ValueKind == JsonValueKind.Object && Text(pair, "a") is { } a && Text(pair, "b") is { } b)
            {
                return new SweepPair
                {
                    Id = $"line {number}", Prompt = b, NearPrompt = a, Similarity = AnswerText.Similarity(a, b), Veto = Guard.Veto(PromptFacts.Read(b), PromptFacts.Read(a), isLexical: true),
                    IsRight = pair.TryGetProperty("label", out var label) ? Label(label, number) : null,
                };
            }
        }
        catch (JsonException)
        {
            // The message below says it in words.
        }

        throw new FormatException($"Line {number} isn't an object with the texts a and b, such as {{\"a\":\"…\",\"b\":\"…\",\"label\":true}}.");
    }

    private static string? Text(JsonElement pair, string name) => pair.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static bool? Label(JsonElement label, int number) => label.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        JsonValueKind.String when label.GetString() == "right" => true,
        JsonValueKind.String when label.GetString() == "wrong" => false,
        _ => throw new FormatException($"The label of line {number} must be true or false; leave it out where it isn't known."),
    };
}
