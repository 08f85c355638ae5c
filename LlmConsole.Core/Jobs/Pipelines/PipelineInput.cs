using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>The <c>input</c> of a job, read strictly.</summary>
internal sealed class PipelineInput
{
    private const string Path = "input";
    private readonly JsonElement _input;

    /// <exception cref="RefusalException">It isn't an object, or has a field that isn't known.</exception>
    public PipelineInput(JsonElement input, params ReadOnlySpan<string> known)
    {
        if (input.ValueKind != JsonValueKind.Object) throw JobDraft.Invalid(Path, "input must be an object.");
        foreach (var field in input.EnumerateObject())
        {
            if (!known.Contains(field.Name)) throw JobDraft.Invalid($"{Path}.{field.Name}", $"There is no field {Path}.{field.Name} here. Leave it out, or check its spelling.");
        }

        _input = input;
    }

    public JsonElement? Find(string name) => _input.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string? Text(string name) =>
        Find(name) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : throw JobDraft.Invalid($"{Path}.{name}", $"{Path}.{name} is a text.");

    /// <summary>A whole number within bounds.</summary>
    public int? Number(string name, int least, int most) =>
        Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most ? number
        : throw JobDraft.Invalid($"{Path}.{name}", FormattableString.Invariant($"{Path}.{name} is a whole number between {least} and {most}."));

    /// <summary>The public name of a model that the caller may use.</summary>
    public string Model(Caller caller)
    {
        var model = Text("model") ?? throw JobDraft.Invalid($"{Path}.model", $"{Path}.model is missing.");
        JobLine.RequireModel(caller, model, $"{Path}.model");
        return model;
    }

    /// <summary>The documents: texts, or objects with <c>text</c> and their own <c>id</c>.</summary>
    public IEnumerable<(string Id, string Text)> Documents()
    {
        if (Find("documents") is not { ValueKind: JsonValueKind.Array } documents) throw JobDraft.Invalid($"{Path}.documents", $"{Path}.documents must be a list of texts, or of objects with id and text.");
        return documents.EnumerateArray().Select((document, index) => Document(document, index, FormattableString.Invariant($"{Path}.documents[{index}]")));
    }

    private static (string Id, string Text) Document(JsonElement document, int index, string path)
    {
        var id = FormattableString.Invariant($"document-{index + 1}");
        if (document.ValueKind == JsonValueKind.Object)
        {
            if (document.EnumerateObject().FirstOrDefault(field => field.Name is not ("id" or "text")) is { Value.ValueKind: not JsonValueKind.Undefined } other)
                throw JobDraft.Invalid($"{path}.{other.Name}", $"There is no field {path}.{other.Name} here. Leave it out, or check its spelling.");
            if (document.TryGetProperty("id", out var named)) id = IdOf(named, $"{path}.id");
            document = document.TryGetProperty("text", out var text) ? text : default;
        }

        return document.ValueKind == JsonValueKind.String && document.GetString() is { } read && !string.IsNullOrWhiteSpace(read)
            ? (id, read)
            : throw JobDraft.Invalid(path, $"{path} must be a text, or an object with a text.");
    }

    private static string IdOf(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= JobLine.MaxCustomIdLength } id && !id.Contains('\0', StringComparison.Ordinal)
            ? id
            : throw JobDraft.Invalid(path, $"{path} is a text of 1 to {JobLine.MaxCustomIdLength} characters, without NUL.");
}
