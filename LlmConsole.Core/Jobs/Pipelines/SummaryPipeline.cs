using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Wire;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;

namespace LlmConsole.Core.Jobs.Pipelines;

/// <summary>Summarises documents of any length: what is too long for one call is cut into parts that are summarised side by side, and their summaries again, until one is left.</summary>
internal sealed class SummaryPipeline : IJobPipeline
{
    private const int DefaultWords = 200;
    private const int DefaultPart = 3_000;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string Name => "summarize";

    public string About => "A summary of each document, however long it is.";

    public string Example => """{"model":"simulator/echo","words":200,"documents":[{"id":"report","text":"A long text"}]}""";

    public IEnumerable<JobLine> Read(JsonElement input, Caller caller)
    {
        var fields = new PipelineInput(input, "model", "documents", "instructions", "words", "partTokens", "maxOutputTokens");
        var (model, instructions, words) = (fields.Model(caller), fields.Text("instructions"), fields.Number("words", 10, 10_000) ?? DefaultWords);
        var (part, most) = (fields.Number("partTokens", 200, 1_000_000) ?? DefaultPart, fields.Number("maxOutputTokens", 1, 1_000_000));
        return fields.Documents().Select(document =>
        {
            var work = new Work(model, instructions, words, part, most, document.Text);
            return new JobLine(document.Id, JsonSerializer.SerializeToUtf8Bytes(work, Json)) { Calls = [.. Expect(work)] };
        });
    }

    public async Task<JsonNode?> RunAsync(JsonElement work, Func<string, Kernel> kernelOf, CancellationToken cancellation)
    {
        var asked = work.Deserialize<Work>(Json)!;
        var (kernel, parts) = (kernelOf(asked.Model), TextParts.Of(asked.Text, asked.PartTokens, TokenCounter.For(asked.Model)));
        var texts = parts;
        while (texts.Count > 1)
        {
            var notes = await Task.WhenAll(texts.Select((text, index) => AskAsync(kernel, asked, OfPart(asked, index + 1, texts.Count), text, cancellation)));
            texts = TextParts.Together(notes, asked.PartTokens, TokenCounter.For(asked.Model));
        }

        return new JsonObject { ["summary"] = await AskAsync(kernel, asked, OfWhole(asked), texts[0], cancellation), ["parts"] = parts.Count };
    }

    private static async Task<string> AskAsync(Kernel kernel, Work work, string order, string text, CancellationToken cancellation)
    {
        var history = new ChatHistory(order);
        history.AddUserMessage(text);
        var answer = await kernel.GetRequiredService<IChatCompletionService>().GetChatMessageContentAsync(history, new OpenAIPromptExecutionSettings { MaxTokens = work.MaxOutputTokens }, kernel, cancellation);
        return string.IsNullOrWhiteSpace(answer.Content) ? throw new RefusalException(ErrorCode.InvalidResult, "The model answered without any text.") : answer.Content;
    }

    private static string OfPart(Work work, int number, int count) => string.Create(
        CultureInfo.InvariantCulture, $"Summarise part {number} of {count} of a document in at most {work.Words} words, keeping names, numbers and dates. The summaries of all parts will be summarised together.{Wish(work)}");

    private static string OfWhole(Work work) => string.Create(CultureInfo.InvariantCulture, $"Summarise the document in at most {work.Words} words. It may consist of summaries of its parts, in order.{Wish(work)}");

    private static string Wish(Work work) => work.Instructions is null ? "" : $"\n{work.Instructions}";

    /// <summary>The calls that it takes if every summary is as long as it may be.</summary>
    private static IEnumerable<PipelineCalls> Expect(Work work)
    {
        var (counter, output) = (TokenCounter.For(work.Model), work.MaxOutputTokens ?? JobSpend.DefaultOutput);
        var overhead = counter.Count(OfPart(work, 1, 1)) + 8;
        var parts = TextParts.Of(work.Text, work.PartTokens, counter);
        foreach (var part in parts) yield return new PipelineCalls(work.Model, counter.Count(part) + overhead, output);
        var together = Math.Max(2, work.PartTokens / output);
        for (var left = parts.Count; left > 1;)
        {
            left = ((left - 1) / together) + 1;
            yield return new PipelineCalls(work.Model, Math.Max(work.PartTokens, 2L * output) + overhead, output, left);
        }
    }

    /// <summary>One document, with all that is needed to ask about it.</summary>
    private sealed record Work(string Model, string? Instructions, int Words, int PartTokens, int? MaxOutputTokens, string Text);
}
