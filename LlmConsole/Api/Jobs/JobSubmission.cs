using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Jobs.Pipelines;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Jobs;

/// <summary>A job as its JSON says.</summary>
internal sealed record JobSubmission(JobDraft Draft, JsonElement? Content)
{
    /// <summary>Where each type of job has its work; the others have none there.</summary>
    private static readonly Dictionary<JobType, string[]> Fields = new() { [JobType.Chat] = ["body"], [JobType.Batch] = ["requests"], [JobType.Pipeline] = ["pipeline", "input"] };

    public static JobSubmission Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Invalid(null, "The body must be a JSON object.");
        var type = TypeOf(root);
        var submission = new JobSubmission(new JobDraft { Type = type }, null);
        foreach (var property in root.EnumerateObject()) submission = submission.With(property.Name, property.Value);
        foreach (var other in Fields.Where(field => field.Key != type).SelectMany(field => field.Value))
        {
            if (root.TryGetProperty(other, out _)) throw Invalid(other, $"A job of this type has no {other}. Send {string.Join(" and ", Fields[type])}.");
        }

        return Fields[type].FirstOrDefault(name => !root.TryGetProperty(name, out _)) is { } missing ? throw Invalid(missing, $"{missing} is missing.") : submission;
    }

    public IEnumerable<JobLine> Lines(Caller caller, PipelineRegistry pipelines, int maxMessages)
    {
        if (Draft.Pipeline is { } name) return pipelines.Read(name, Content!.Value, caller);
        if (Draft.Type == JobType.Chat) return [new JobLine("request-1", JobLine.ReadBody(Content, "body", caller, maxMessages))];
        if (Content is not { ValueKind: JsonValueKind.Array } requests) throw Invalid("requests", "requests must be a list.");
        return requests.EnumerateArray().Select((line, index) => JobLine.Read(line, index, caller, maxMessages));
    }

    private JobSubmission With(string name, JsonElement value) => name switch
    {
        "type" => this,
        "requests" or "body" or "input" => this with { Content = value },
        "pipeline" => this with { Draft = Draft with { Pipeline = Text(name, value) } },
        _ when value.ValueKind == JsonValueKind.Null && name is "task" or "spendLimitUsd" or "expiresAfterSeconds" or "webhook" => this,
        "task" => this with { Draft = Draft with { Task = Text(name, value) } },
        "webhook" => this with { Draft = Draft with { Webhook = value.ValueKind == JsonValueKind.String ? value.GetString() : throw Invalid(name, "webhook is a text: the id or the URL of one of your tenant's webhook endpoints.") } },
        "spendLimitUsd" => this with { Draft = Draft with { SpendLimit = JobQuery.Money(value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "") } },
        "expiresAfterSeconds" => this with { Draft = Draft with { ExpiresAfter = JobQuery.Expiry(value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "") } },
        _ => throw Invalid(name, $"There is no field {name} here. Leave it out, or check its spelling."),
    };

    private static string Text(string name, JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Invalid(name, $"{name} is a text.");

    private static JobType TypeOf(JsonElement root) =>
        (root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null) switch
        {
            "batch" => JobType.Batch,
            "chat" => JobType.Chat,
            "pipeline" => JobType.Pipeline,
            _ => throw Invalid("type", "type must be batch, chat or pipeline."),
        };

    private static RefusalException Invalid(string? param, string message) => new(ErrorCode.InvalidValue, message, param);
}
