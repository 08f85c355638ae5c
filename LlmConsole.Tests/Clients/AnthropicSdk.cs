using Anthropic;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Clients;

/// <summary>The Anthropic package, given what a reader of our documentation gives it: the base URL and a key.</summary>
internal static class AnthropicSdk
{
    public static AnthropicClient Of(RunningApp app, string key) => new() { BaseUrl = app.BaseAddress.ToString().TrimEnd('/'), ApiKey = key, MaxRetries = 0 };
}
