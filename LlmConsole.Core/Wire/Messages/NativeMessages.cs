namespace LlmConsole.Core.Wire.Messages;

/// <summary>A request in Anthropic's shape as it was sent: what goes to Anthropic is these bytes, with the few fields replaced that the gateway owns.</summary>
public sealed record NativeMessages
{
    /// <summary>The JSON as sent.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The header <c>anthropic-version</c>.</summary>
    public string? Version { get; init; }

    /// <summary>The header <c>anthropic-beta</c>.</summary>
    public string? Beta { get; init; }

    /// <summary>The value of <c>model</c>, quotes included.</summary>
    internal Range Model { get; init; }

    /// <summary>The value of <c>max_tokens</c>.</summary>
    internal Range MaxTokens { get; init; }

    /// <summary>The body for a provider that calls the model by this name.</summary>
    internal byte[] BodyFor(string model, int? outputCap)
    {
        var span = Body.Span;
        var name = JsonText.Quoted(model);
        var cap = outputCap is { } tokens ? System.Text.Encoding.ASCII.GetBytes(tokens.ToString(System.Globalization.CultureInfo.InvariantCulture)) : span[MaxTokens].ToArray();
        return Model.Start.Value < MaxTokens.Start.Value
            ? [.. span[..Model.Start], .. name, .. span[Model.End..MaxTokens.Start], .. cap, .. span[MaxTokens.End..]]
            : [.. span[..MaxTokens.Start], .. cap, .. span[MaxTokens.End..Model.Start], .. name, .. span[Model.End..]];
    }
}

/// <summary>What a client of Anthropic's API says by header.</summary>
public readonly record struct MessagesHeaders(string? Version, string? Beta);
