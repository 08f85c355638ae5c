using System.Net.Http.Headers;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>Asks one target once, and judges whether what comes back is an answer.</summary>
internal sealed class TargetCalls(Upstream upstream, TimeProvider time)
{
    private const int MaxErrorBytes = 16 * 1024;

    /// <summary>Of what a caller is told of a provider's words.</summary>
    private const int MaxMessage = 600;
    private const int MaxCompletionBytes = 32 * 1024 * 1024;

    /// <summary>2,048 vectors of 3,072 numbers, written out.</summary>
    private const int MaxEmbeddingsBytes = 96 * 1024 * 1024;

    /// <summary>Of one stream, in all.</summary>
    private const long MaxStreamBytes = 256 * 1024 * 1024;

    public async Task<(RoutedAnswer? Answer, AttemptFailure? Failure)> AskAsync(Route route, Attempt attempt)
    {
        var (deadline, provider) = (route.Deadline, attempt.Candidate.Provider);
        HttpResponseMessage? response = null;
        try
        {
            if (route.Request.Stream) deadline.AwaitFirstToken();
            else deadline.AwaitCompletion();
            response = await upstream.ChatAsync(provider, QuestionFor(route, attempt), deadline.Token);
            var (answer, failure) = await JudgeAsync(route, attempt, response, deadline.Token);
            if (answer is null) response.Dispose();
            return (answer, failure is null ? null : failure with { Status = (int)response.StatusCode, Message = Worded(provider, failure.Message) });
        }
        catch (Exception e)
        {
            response?.Dispose();
            if (e is OperationCanceledException && deadline.HasPassed) return (null, AttemptFailure.Silent(provider, deadline.Current));
            if (e is HttpRequestException or IOException || IsProvidersOwn(e, deadline)) return (null, AttemptFailure.Unreachable(provider));
            if (e is InvalidDataException) return (null, AttemptFailure.Malformed(provider) with { Status = (int?)response?.StatusCode });
            if (e is SecretUnreadableException) return (null, AttemptFailure.Locked(provider));
            throw;
        }
    }

    /// <summary>A library gave up by a time limit of its own: neither did the caller leave, nor is the call's time up.</summary>
    private static bool IsProvidersOwn(Exception e, CallDeadline deadline) => e is OperationCanceledException && !deadline.Token.IsCancellationRequested;

    /// <summary>Some providers repeat the headers that they were sent. The key goes before the text is cut, so that no part of it stays.</summary>
    private string Worded(Provider provider, string message) => upstream.WithoutCredential(provider, message) is var text && text.Length > MaxMessage ? text[..MaxMessage] + "…" : text;

    private static Question QuestionFor(Route route, Attempt attempt)
    {
        var prefill = attempt.Candidate.Target.AcceptsPrefill ? route.Prefill : null;
        var rest = (route.OutputCap ?? route.Request.MaxOutputTokens) is { } cap ? (int)Math.Max(1, cap - route.Delivered) : (int?)null;
        return new Question(route.Request, attempt.Candidate.ProviderModel)
        {
            OutputCap = prefill is null ? route.OutputCap : rest, ConnectTimeout = route.Deadline.Connect, Prefill = prefill, Fault = attempt.Drill?.Fault,
        };
    }

    private Task<(RoutedAnswer?, AttemptFailure?)> JudgeAsync(Route route, Attempt attempt, HttpResponseMessage response, CancellationToken cancellation) =>
        !response.IsSuccessStatusCode ? FailureAsync(attempt, response, cancellation)
        : IsEncoded(response.Content.Headers) ? Task.FromResult<(RoutedAnswer?, AttemptFailure?)>((null, AttemptFailure.Malformed(attempt.Candidate.Provider)))
        : route.Request.Stream ? BeginStreamAsync(route, attempt, response, cancellation)
        : ReadCompletionAsync(route, attempt, response, cancellation);

    /// <summary>Looked at as it came: to parse headers costs more than the look.</summary>
    private static bool IsEncoded(HttpContentHeaders headers) =>
        headers.NonValidated.TryGetValues("Content-Encoding", out var encodings) && encodings.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase));

    private async Task<(RoutedAnswer?, AttemptFailure?)> FailureAsync(Attempt attempt, HttpResponseMessage response, CancellationToken cancellation)
    {
        var body = await BoundedBody.ReadAsync(response.Content, MaxErrorBytes, cut: true, cancellation);
        return (null, AttemptFailure.From(attempt.Candidate.Provider, (int)response.StatusCode, RetryAfter.Read(response.Headers, time.GetUtcNow()), ProviderError.Read(body.Span)));
    }

    private static async Task<(RoutedAnswer?, AttemptFailure?)> BeginStreamAsync(Route route, Attempt attempt, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!string.Equals(response.Content.Headers.ContentType?.MediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase)) return (null, AttemptFailure.Malformed(attempt.Candidate.Provider));
        var events = new SseReader(await response.Content.ReadAsStreamAsync(cancellation)) { MaxBytes = MaxStreamBytes };
        try
        {
            var (opening, failure) = await StreamOpening.ReadAsync(events, attempt.Candidate.Provider, cancellation);
            if (failure is null) return (new RoutedAnswer(route, attempt, response, opening) { Events = events, IsContinuation = route.Prefill is not null && attempt.Candidate.Target.AcceptsPrefill }, null);
            events.Dispose();
            return (null, failure);
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    private static async Task<(RoutedAnswer?, AttemptFailure?)> ReadCompletionAsync(Route route, Attempt attempt, HttpResponseMessage response, CancellationToken cancellation)
    {
        var (provider, surface) = (attempt.Candidate.Provider, route.Request.Surface);
        var body = await BoundedBody.ReadAsync(response.Content, surface == Surface.Embeddings ? MaxEmbeddingsBytes : MaxCompletionBytes, cut: false, cancellation);
        var tap = AnswerTap.Read(body.Span);
        if (tap.IsAnswerTo(surface)) return (new RoutedAnswer(route, attempt, response) { Whole = body, Tap = tap }, null);
        if (!tap.IsValid || !tap.HasError) return (null, AttemptFailure.Malformed(provider));
        var error = ProviderError.Read(body.Span);
        return (null, AttemptFailure.From(provider, error.LikelyStatus, null, error));
    }
}
