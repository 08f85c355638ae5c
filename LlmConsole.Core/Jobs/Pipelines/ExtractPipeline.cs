using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>Makes JSON of a given schema out of each of many documents. An answer that doesn't fit is said so, and asked for again; after a few the document fails.</summary>
internal sealed class ExtractPipeline : IJobPipeline
{
    /// <summary>How often a model is asked for a document.</summary>
    private const int MostAnswers = 3;
    private const string FormatName = "extraction";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string Name => "extract";

    public string About => "JSON of your schema out of each document.";

    public string Example =>
        """{"model":"simulator/echo","schema":{"type":"object","properties":{"total":{"type":"number"}},"required":["total"]},"documents":[{"id":"invoice-1","text":"Total: 12.50"}]}""";

    public IEnumerable<JobLine> Read(JsonElement input, Caller caller)
    {
        var fields = new PipelineInput(input, "model", "schema", "documents", "instructions", "maxOutputTokens");
        var (model, instructions, most) = (fields.Model(caller), fields.Text("instructions"), fields.Number("maxOutputTokens", 1, 1_000_000));
        if (fields.Find("schema") is not { ValueKind: JsonValueKind.Object } schema) throw JobDraft.Invalid("input.schema", "input.schema must be a JSON schema.");
        if (new JsonShape(schema).Refusal() is { } refusal) throw JobDraft.Invalid("input.schema", $"input.schema can't be checked: {refusal}.");
        return fields.Documents().Select(document =>
        {
            var work = new Work(model, schema, instructions, most, document.Text);
            var prompt = TokenCounter.For(model).Count(Order(work)) + TokenCounter.For(model).Count(document.Text);
            return new JobLine(document.Id, JsonSerializer.SerializeToUtf8Bytes(work, Json)) { Calls = [new PipelineCalls(model, prompt, most ?? JobSpend.DefaultOutput)] };
        });
    }

    public async Task<JsonNode?> RunAsync(JsonElement work, Func<string, Kernel> kernelOf, CancellationToken cancellation)
    {
        var asked = work.Deserialize<Work>(Json)!;
        var (kernel, shape) = (kernelOf(asked.Model), new JsonShape(asked.Schema));
        var chat = kernel.GetRequiredService<IChatCompletionService>();
        var settings = new OpenAIPromptExecutionSettings
        {
            ResponseFormat = OpenAI.Chat.ChatResponseFormat.CreateJsonSchemaFormat(FormatName, BinaryData.FromString(asked.Schema.GetRawText())), MaxTokens = asked.MaxOutputTokens,
        };
        var history = new ChatHistory(Order(asked));
        history.AddUserMessage(asked.Text);
        for (var answers = 1; ; answers++)
        {
            var answer = (await chat.GetChatMessageContentAsync(history, settings, kernel, cancellation)).Content ?? "";
            var (result, misfit) = Check(answer, shape);
            if (misfit is null) return result;
            if (answers == MostAnswers) throw new RefusalException(ErrorCode.InvalidResult, $"None of {MostAnswers} answers fits the schema; of the last one: {misfit}.");
            history.AddAssistantMessage(answer);
            history.AddUserMessage($"This does not fit the schema ({misfit}). Answer with the corrected JSON alone.");
        }
    }

    private static string Order(Work work) =>
        $"Extract what the user's document says into JSON that fits this JSON schema. Answer with the JSON alone. Invent nothing.{(work.Instructions is null ? "" : $"\n{work.Instructions}")}\n{work.Schema.GetRawText()}";

    /// <summary>The JSON of an answer, which may stand in a fence of Markdown, or why it isn't any.</summary>
    private static (JsonNode? Result, string? Misfit) Check(string answer, JsonShape shape)
    {
        var text = answer.Trim();
        if (text.StartsWith("```", StringComparison.Ordinal) && text.EndsWith("```", StringComparison.Ordinal) && text.IndexOf('\n', StringComparison.Ordinal) is > 0 and var start && start < text.Length - 3) text = text[start..^3];
        try
        {
            using var document = JsonDocument.Parse(text);
            return shape.Misfit(document.RootElement) is { } misfit ? (null, misfit) : (JsonNode.Parse(text), null);
        }
        catch (JsonException)
        {
            return (null, "it is not JSON");
        }
    }

    /// <summary>One document, with all that is needed to ask about it.</summary>
    private sealed record Work(string Model, JsonElement Schema, string? Instructions, int? MaxOutputTokens, string Text);
}
