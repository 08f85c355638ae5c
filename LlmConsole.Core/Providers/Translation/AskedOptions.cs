using System.Text.Json;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.AI;

namespace LlmConsole.Core.Providers.Translation;

/// <summary>The options of a chat completions request. Microsoft.Extensions.AI converts its own to OpenAI's, but not back.</summary>
internal static class AskedOptions
{
    private static readonly JsonElement NoParameters = JsonElement.Parse("""{"type":"object","properties":{}}""");

    public static ChatOptions Read(JsonElement request) => new()
    {
        ModelId = request.Text("model"),
        MaxOutputTokens = Integer(request, "max_completion_tokens") ?? Integer(request, "max_tokens"),
        Temperature = Number(request, "temperature"),
        TopP = Number(request, "top_p"),
        PresencePenalty = Number(request, "presence_penalty"),
        FrequencyPenalty = Number(request, "frequency_penalty"),
        Seed = Integer(request, "seed"),
        StopSequences = Stop(request),
        Tools = Tools(request),
        ToolMode = ToolMode(request),
        AllowMultipleToolCalls = request.TryGetProperty("parallel_tool_calls", out var parallel) && parallel.ValueKind is JsonValueKind.True or JsonValueKind.False ? parallel.GetBoolean() : null,
        ResponseFormat = Format(request),
        Reasoning = Effort(request) is { } effort ? new ReasoningOptions { Effort = effort } : null,
    };

    private static List<string>? Stop(JsonElement request)
    {
        if (!request.TryGetProperty("stop", out var stop)) return null;
        return stop.ValueKind switch
        {
            JsonValueKind.String => [stop.GetString()!],
            JsonValueKind.Array => [.. stop.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
            _ => null,
        };
    }

    private static List<AITool>? Tools(JsonElement request)
    {
        // Vendors have no words for tools that may not be used.
        if (!request.TryGetProperty("tools", out var tools) || tools.ValueKind != JsonValueKind.Array || request.Text("tool_choice") == "none") return null;
        return [.. tools.EnumerateArray().Select(Tool)];
    }

    private static AITool Tool(JsonElement tool, int index)
    {
        if (tool.Text("type") != "function" || !tool.TryGetProperty("function", out var function) || function.Text("name") is not { } name)
            throw new UntranslatableException($"tools[{index}] is not a function, which is the only kind of tool that this model can be given.");
        var hasParameters = function.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object;
        return AIFunctionFactory.CreateDeclaration(name, function.Text("description") ?? "", hasParameters ? parameters : NoParameters);
    }

    private static RequiredChatToolMode? ToolMode(JsonElement request)
    {
        if (!request.TryGetProperty("tool_choice", out var choice)) return null;
        if (choice.ValueKind == JsonValueKind.Object) return choice.TryGetProperty("function", out var function) && function.Text("name") is { } name ? ChatToolMode.RequireSpecific(name) : null;
        return choice.ValueKind == JsonValueKind.String && choice.GetString() == "required" ? ChatToolMode.RequireAny : null;
    }

    private static ChatResponseFormatJson? Format(JsonElement request)
    {
        if (!request.TryGetProperty("response_format", out var format) || format.ValueKind != JsonValueKind.Object) return null;
        return format.Text("type") switch
        {
            "json_object" => ChatResponseFormat.Json,
            "json_schema" when format.TryGetProperty("json_schema", out var wanted) && wanted.ValueKind == JsonValueKind.Object && wanted.TryGetProperty("schema", out var schema) =>
                ChatResponseFormat.ForJsonSchema(schema, wanted.Text("name"), wanted.Text("description")),
            _ => null,
        };
    }

    private static ReasoningEffort? Effort(JsonElement request) => request.Text("reasoning_effort") switch
    {
        "none" => ReasoningEffort.None,
        "minimal" or "low" => ReasoningEffort.Low,
        "medium" => ReasoningEffort.Medium,
        "high" => ReasoningEffort.High,
        "xhigh" => ReasoningEffort.ExtraHigh,
        _ => null,
    };

    private static float? Number(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetSingle() : null;

    private static int? Integer(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
}
