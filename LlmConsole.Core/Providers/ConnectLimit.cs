namespace LlmConsole.Core.Providers;

/// <summary>How long a new connection may take, told along with a request. It stands once TLS is agreed on, which a server may accept a connection for and never do.</summary>
internal static class ConnectLimit
{
    private static readonly HttpRequestOptionsKey<TimeSpan> Key = new("connect-limit");
    private static readonly HttpRequestOptionsKey<CancellationTokenSource> Running = new("connect-limit-running");
    private static readonly AsyncLocal<TimeSpan?> Asked = new();

    public static void Set(HttpRequestMessage message, TimeSpan limit)
    {
        if (message is ProviderMessage own) own.ConnectLimit = limit;
        else message.Options.Set(Key, limit);
    }

    public static TimeSpan? Of(HttpRequestMessage message) => message is ProviderMessage own ? own.ConnectLimit : message.Options.TryGetValue(Key, out var limit) ? limit : null;

    /// <summary>The connection for this message is made; unless it <see cref="Stands"/> before the timer rings, it is closed.</summary>
    public static void Begin(HttpRequestMessage message, CancellationTokenSource timer, Stream connection)
    {
        timer.Token.UnsafeRegister(static connection => ((Stream)connection!).Dispose(), connection);
        message.Options.Set(Running, timer);
    }

    /// <summary>The connection that was begun for this message may be used.</summary>
    public static void Stands(HttpRequestMessage message)
    {
        if (message.Options.TryGetValue(Running, out var timer)) timer.Dispose();
    }

    /// <summary>A vendor's library is about to be asked on behalf of this message: those that it makes within the same flow have its limit.</summary>
    public static void Lend(HttpRequestMessage message) => Asked.Value = Of(message);

    /// <summary>This message was made by a vendor's library.</summary>
    public static void Take(HttpRequestMessage message)
    {
        if (Asked.Value is { } limit) Set(message, limit);
    }
}

/// <summary>A message of ours, which bears its limit by itself: options are a dictionary for each message.</summary>
internal sealed class ProviderMessage(HttpMethod method, Uri address) : HttpRequestMessage(method, address)
{
    /// <summary>How long a new connection for it may take.</summary>
    public TimeSpan? ConnectLimit { get; set; }
}
