using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>The names that OpenTelemetry's conventions for generative AI give to things.</summary>
internal static class GenAi
{
    public const string Chat = "chat";
    public const string Embeddings = "embeddings";

    public static string OperationOf(Surface surface) => surface == Surface.Embeddings ? Embeddings : Chat;

    public static string ProviderName(ProviderKind kind) => kind switch
    {
        ProviderKind.OpenAI => "openai",
        ProviderKind.AzureOpenAI => "azure.ai.openai",
        ProviderKind.Anthropic => "anthropic",
        ProviderKind.Ollama => "ollama",
        ProviderKind.Simulator => "llmconsole.simulator",
        ProviderKind.Registered => "llmconsole.registered",
        _ => "openai-compatible",
    };
}
