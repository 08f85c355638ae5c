namespace LlmConsole.Core.Providers;

/// <summary>How long a new connection may take, told along with a request.</summary>
internal static class ConnectLimit
{
    private static readonly HttpRequestOptionsKey<TimeSpan> Key = new("connect-limit");
    private static readonly AsyncLocal<TimeSpan?> Asked = new();

    public static void Set(HttpRequestMessage message, TimeSpan limit) => message.Options.Set(Key, limit);

    public static TimeSpan? Of(HttpRequestMessage message) => message.Options.TryGetValue(Key, out var limit) ? limit : null;

    /// <summary>A vendor's library is about to be asked on behalf of this message: those that it makes within the same flow have its limit.</summary>
    public static void Lend(HttpRequestMessage message) => Asked.Value = Of(message);

    /// <summary>This message was made by a vendor's library.</summary>
    public static void Take(HttpRequestMessage message)
    {
        if (Asked.Value is { } limit) Set(message, limit);
    }
}
