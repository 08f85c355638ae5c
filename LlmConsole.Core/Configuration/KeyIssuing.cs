namespace LlmConsole.Core.Configuration;

/// <summary>A key at its birth: the record that is stored, and the text that is shown once.</summary>
public sealed record IssuedKey(ApiKey Key, string Text)
{
    /// <summary>A new key. <paramref name="text"/> is given only by headless set-up, where the operator brings the key.</summary>
    public static IssuedKey Create(ApiKeyKind kind, string name, string? tenantId, TimeProvider time, string? text = null)
    {
        text ??= KeyFormat.Generate(kind);
        var key = new ApiKey
        {
            Id = Ids.New("key", time), Name = name, Kind = kind, TenantId = tenantId, Hash = KeyHash.Of(text), LastFour = text[^4..], CreatedAt = time.GetUtcNow(),
        };
        return new IssuedKey(key, text);
    }
}
