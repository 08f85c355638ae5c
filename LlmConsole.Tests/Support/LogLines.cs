using System.Collections.Concurrent;
using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace LlmConsole.Tests.Support;

/// <summary>Keeps what an app logs, with its properties.</summary>
public sealed class LogLines : ILogEventSink
{
    private readonly ConcurrentQueue<LogEvent> _events = new();

    public IReadOnlyCollection<LogEvent> Events => _events;

    /// <summary>The messages as text, oldest first, exceptions included.</summary>
    public IReadOnlyList<string> Lines =>
        [.. _events.Select(line => $"{line.Level}: {line.RenderMessage(CultureInfo.InvariantCulture)}{(line.Exception is { } exception ? $"\n{exception}" : "")}")];

    public void Emit(LogEvent logEvent) => _events.Enqueue(logEvent);
}
