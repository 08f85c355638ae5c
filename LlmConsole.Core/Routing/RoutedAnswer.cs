using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>An answer that a target has begun to give: the first event was read and looks like one.</summary>
public sealed class RoutedAnswer : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;

    internal RoutedAnswer(Candidate candidate, HttpResponseMessage response)
    {
        Candidate = candidate;
        _response = response;
    }

    internal Candidate Candidate { get; }

    /// <summary>The model that serves: the one asked for, or a fallback.</summary>
    public Model Model => Candidate.Model;
    public Provider Provider => Candidate.Provider;

    /// <summary>The name that the provider knows the model by.</summary>
    public string ProviderModel => Candidate.ProviderModel;

    /// <summary>A stream's events, after <see cref="First"/>.</summary>
    internal SseReader? Events { get; init; }

    /// <summary>The first event of a stream, valid until the reader is filled again; or the whole completion.</summary>
    internal ReadOnlyMemory<byte> First { get; init; }

    public ValueTask DisposeAsync()
    {
        Events?.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>One place that may be asked.</summary>
internal sealed record Candidate(Model Model, Provider Provider, string ProviderModel);
