namespace LlmConsole.Components.Shared;

/// <summary>One call of the chat API as code that works verbatim where it is pasted, with nothing to install.</summary>
/// <param name="Origin">Where the gateway answers, such as <c>https://llm.example.com/</c>.</param>
/// <param name="Key">The API key, or a word that stands for one.</param>
/// <param name="Body">The request as JSON.</param>
/// <param name="Cache">What to say in <c>x-llmconsole-cache</c>; none leaves it to the policy.</param>
public sealed record CallSnippet(string Origin, string Key, string Body, string? Cache = null)
{
    private string Url => $"{Root}/v1/chat/completions";

    private string Root => Origin.TrimEnd('/');

    /// <summary>The same call in every language, by its name.</summary>
    public IReadOnlyList<(string Language, string Code)> Languages => [("curl", Curl), ("Python", Python), ("JavaScript", JavaScript), ("C#", CSharp)];

    public string Curl => string.Join("\n", Lines(
        $"curl -N {Url} \\",
        $"  -H \"Authorization: Bearer {Key}\" \\",
        Cache is null ? null : $"  -H \"x-llmconsole-cache: {Cache}\" \\",
        "  -H \"Content-Type: application/json\" \\",
        $"  -d '{Body.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    // JSON never holds three quotes in a row outside of an escape, so that raw strings of Python and C# take it as it is.
    public string Python => string.Join("\n", Lines(
        "import urllib.request",
        "",
        $"# With the openai package: OpenAI(base_url=\"{Root}/v1\", api_key=\"{Key}\")",
        $"body = r\"\"\"{Body}\"\"\"",
        $"headers = {{\"Authorization\": \"Bearer {Key}\", \"Content-Type\": \"application/json\"{(Cache is null ? "" : $", \"x-llmconsole-cache\": \"{Cache}\"")}}}",
        $"request = urllib.request.Request(\"{Url}\", body.encode(), headers)",
        "with urllib.request.urlopen(request) as response:",
        "    for line in response:",
        "        print(line.decode(), end=\"\", flush=True)"));

    /// <summary>For Node.js, as a module.</summary>
    public string JavaScript => string.Join("\n", Lines(
        $"// With the openai package: new OpenAI({{ baseURL: \"{Root}/v1\", apiKey: \"{Key}\" }})",
        $"const response = await fetch(\"{Url}\", {{",
        "  method: \"POST\",",
        $"  headers: {{ \"Authorization\": \"Bearer {Key}\", \"Content-Type\": \"application/json\"{(Cache is null ? "" : $", \"x-llmconsole-cache\": \"{Cache}\"")} }},",
        $"  body: JSON.stringify({Body}),",
        "});",
        "for await (const chunk of response.body) process.stdout.write(chunk);"));

    /// <summary>For <c>dotnet run call.cs</c>.</summary>
    public string CSharp => string.Join("\n", Lines(
        "using System.Text;",
        "",
        $"// With the OpenAI package: new OpenAIClientOptions {{ Endpoint = new Uri(\"{Root}/v1\") }}",
        "using var http = new HttpClient();",
        $"using var request = new HttpRequestMessage(HttpMethod.Post, \"{Url}\");",
        $"request.Headers.Add(\"Authorization\", \"Bearer {Key}\");",
        Cache is null ? null : $"request.Headers.Add(\"x-llmconsole-cache\", \"{Cache}\");",
        "request.Content = new StringContent(\"\"\"",
        Body,
        "\"\"\", Encoding.UTF8, \"application/json\");",
        "using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);",
        "await response.Content.CopyToAsync(Console.OpenStandardOutput());"));

    private static IEnumerable<string> Lines(params string?[] lines) => lines.OfType<string>();
}
