using System.Runtime.InteropServices;
using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Jobs;

/// <summary>One request of a batch as sent: <c>{"custom_id","body"}</c>, and what files for OpenAI's batches have beside these; or a piece of a pipeline's work.</summary>
/// <param name="CustomId">The caller's name for it.</param>
/// <param name="Body">A chat completions request, or what the pipeline reads.</param>
public sealed record JobLine(string CustomId, byte[] Body)
{
    /// <summary>The calls that a pipeline may make for it; none for a request, which is its own call.</summary>
    public IReadOnlyList<PipelineCalls>? Calls { get; init; }

    public const int MaxCustomIdLength = 256;
    private const string Url = "/v1/chat/completions";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads JSON in which no name stands twice in an object.</summary>
    /// <exception cref="RefusalException">It isn't JSON.</exception>
    public static JsonDocument Document(ReadOnlyMemory<byte> json, string what)
    {
        try
        {
            return JsonDocument.Parse(json, Strict);
        }
        catch (JsonException e)
        {
            throw new RefusalException(ErrorCode.InvalidJson, $"{what} is not valid JSON: {e.Message.Split(" LineNumber:")[0]}");
        }
    }

    /// <param name="line">An element of <c>requests</c>, or a line of an upload.</param>
    /// <param name="index">From 0.</param>
    /// <param name="caller">Must be allowed to use the model.</param>
    /// <param name="maxMessages">How many messages the request may hold.</param>
    /// <exception cref="RefusalException">It can't be run as it is; the refusal names the field, such as <c>requests[3].body.model</c>.</exception>
    public static JobLine Read(JsonElement line, int index, Caller caller, int maxMessages)
    {
        var path = FormattableString.Invariant($"requests[{index}]");
        if (line.ValueKind != JsonValueKind.Object) throw JobDraft.Invalid(path, $"{path} must be an object with custom_id and body.");
        var customId = FormattableString.Invariant($"request-{index + 1}");
        JsonElement? body = null;
        foreach (var property in line.EnumerateObject())
        {
            var name = $"{path}.{property.Name}";
            if (property.NameEquals("custom_id")) customId = CustomIdOf(property.Value, name);
            else if (property.NameEquals("body")) body = property.Value;
            else if (property.NameEquals("method")) Expect(property.Value, "POST", name);
            else if (property.NameEquals("url")) Expect(property.Value, Url, name);
            else throw JobDraft.Invalid(name, $"There is no field {name} here. Leave it out, or check its spelling.");
        }

        return new JobLine(customId, ReadBody(body, $"{path}.body", caller, maxMessages));
    }

    /// <summary>The bytes of a request, checked.</summary>
    /// <exception cref="RefusalException">It can't be run as it is; the refusal names the field.</exception>
    public static byte[] ReadBody(JsonElement? body, string path, Caller caller, int maxMessages)
    {
        if (body is not { ValueKind: JsonValueKind.Object } request) throw JobDraft.Invalid(path, $"{path} must be a chat completions request.");
        var bytes = JsonMarshal.GetRawUtf8Value(request).ToArray();
        var read = Parse(bytes, path, maxMessages);
        if (read.Stream) throw JobDraft.Invalid($"{path}.stream", "The answers of a job aren't streamed. Leave stream out; the results can be read while the job runs.");
        RequireModel(caller, read.Model, $"{path}.model");
        return bytes;
    }

    /// <exception cref="RefusalException">There is no such model, or the caller may not use it.</exception>
    public static void RequireModel(Caller caller, string model, string path)
    {
        if (caller.Snapshot.FindModel(model) is null) throw new RefusalException(ErrorCode.ModelNotFound, $"There is no model named {model}. GET /v1/models lists those that you may use.", path);
        if (!caller.MayUse(model)) throw new RefusalException(ErrorCode.ModelNotAllowed, $"You may not use the model {model}. GET /v1/models lists those that you may use.", path);
    }

    private static ChatRequest Parse(byte[] bytes, string path, int maxMessages)
    {
        try
        {
            return ChatRequest.Parse(bytes, maxMessages);
        }
        catch (RefusalException refusal)
        {
            throw new RefusalException(refusal.Error, refusal.Message, refusal.Param is { } param ? $"{path}.{param}" : path);
        }
    }

    private static string CustomIdOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= MaxCustomIdLength } id && !id.Contains('\0', StringComparison.Ordinal)
            ? id
            : throw JobDraft.Invalid(name, $"{name} is a text of 1 to {MaxCustomIdLength} characters, without NUL.");

    private static void Expect(JsonElement value, string expected, string name)
    {
        if (value.ValueKind != JsonValueKind.String || !value.ValueEquals(expected)) throw JobDraft.Invalid(name, $"{name} can only be {expected}. Leave it out.");
    }
}
