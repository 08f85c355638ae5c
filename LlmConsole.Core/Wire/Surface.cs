namespace LlmConsole.Core.Wire;

/// <summary>In which API's words a request came. Inside the engine it is a chat completions request, or one for embeddings.</summary>
public enum Surface
{
    /// <summary>OpenAI's chat completions.</summary>
    ChatCompletions,

    /// <summary>OpenAI's embeddings.</summary>
    Embeddings,

    /// <summary>Anthropic's messages.</summary>
    Messages,
}
