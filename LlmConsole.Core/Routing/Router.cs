using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Routing;

/// <summary>Finds a target that answers. Until the first event has been looked at, a failure only means that the next target is asked.</summary>
public sealed partial class Router(Upstream upstream, TimeProvider time, ILogger<Router> log)
{
    private const int MaxErrorBytes = 16 * 1024;
    private const int MaxCompletionBytes = 32 * 1024 * 1024;

    /// <summary>Asks one target after the other until one begins an answer.</summary>
    /// <param name="attempted">Called before each target is asked.</param>
    /// <exception cref="RefusalException">None did; the refusal tells of the last failure, or of the one that is the request's own fault.</exception>
    public async Task<RoutedAnswer> AskAsync(ConfigurationSnapshot snapshot, Model model, ChatRequest request, int? outputCap, CallDeadline deadline, Action attempted)
    {
        AttemptFailure? failure = null;
        foreach (var candidate in Candidates.For(snapshot, model, request.Model, Random.Shared))
        {
            if (failure is not null && !deadline.TryRestart()) break;
            attempted();
            (var answer, failure) = await TryAsync(candidate, request, outputCap, deadline);
            if (answer is not null) return answer;
            AttemptFailed(candidate.Provider.Name, candidate.ProviderModel, failure!.Error.Code, failure.Message);
            if (failure.IsRequestsFault) break;
        }

        throw failure!.ToRefusal();
    }

    private async Task<(RoutedAnswer? Answer, AttemptFailure? Failure)> TryAsync(Candidate candidate, ChatRequest request, int? outputCap, CallDeadline deadline)
    {
        HttpResponseMessage? response = null;
        try
        {
            if (request.Stream) deadline.AwaitFirstToken();
            else deadline.AwaitCompletion();
            response = await upstream.ChatAsync(candidate.Provider, request, candidate.ProviderModel, outputCap, deadline.Token);
            var failure = response.IsSuccessStatusCode ? null : await FailureAsync(candidate.Provider, response, deadline.Token);
            var answer = failure is not null ? null
                : request.Stream ? await BeginStreamAsync(candidate, response, deadline.Token)
                : await ReadCompletionAsync(candidate, response, deadline.Token);
            if (answer is not null) return (answer, null);
            response.Dispose();
            return (null, failure ?? AttemptFailure.Malformed(candidate.Provider));
        }
        catch (Exception e)
        {
            response?.Dispose();
            if (e is OperationCanceledException && deadline.HasPassed) return (null, AttemptFailure.Silent(candidate.Provider, deadline.Current));
            if (e is HttpRequestException or IOException) return (null, AttemptFailure.Unreachable(candidate.Provider));
            if (e is InvalidDataException) return (null, AttemptFailure.Malformed(candidate.Provider));
            if (e is SecretUnreadableException) return (null, new AttemptFailure(ErrorCode.UpstreamError, $"The credential of the provider {candidate.Provider.Name} can't be read. Tell your administrator."));
            throw;
        }
    }

    private async Task<AttemptFailure> FailureAsync(Provider provider, HttpResponseMessage response, CancellationToken cancellation)
    {
        var body = await BoundedBody.ReadAsync(response.Content, MaxErrorBytes, cut: true, cancellation);
        return AttemptFailure.From(provider, (int)response.StatusCode, response.Headers.RetryAfter, body.Span, time);
    }

    /// <summary>The first event decides: an error inside a 200, HTML, or nothing at all is not an answer.</summary>
    private static async Task<RoutedAnswer?> BeginStreamAsync(Candidate candidate, HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentType?.MediaType != "text/event-stream") return null;
        var events = new SseReader(await response.Content.ReadAsStreamAsync(cancellation));
        try
        {
            ReadOnlyMemory<byte> first;
            while (!events.TryRead(out first))
            {
                if (!await events.FillAsync(cancellation)) break;
            }

            var tap = AnswerTap.Read(first.Span);
            if (tap.IsValid && !tap.HasError) return new RoutedAnswer(candidate, response) { Events = events, First = first };
            events.Dispose();
            return null;
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    private static async Task<RoutedAnswer?> ReadCompletionAsync(Candidate candidate, HttpResponseMessage response, CancellationToken cancellation)
    {
        var body = await BoundedBody.ReadAsync(response.Content, MaxCompletionBytes, cut: false, cancellation);
        var tap = AnswerTap.Read(body.Span);
        return tap.IsValid && !tap.HasError && tap.ChoiceCount > 0 ? new RoutedAnswer(candidate, response) { First = body } : null;
    }

    [LoggerMessage(LogLevel.Warning, "Asking {Provider} for {Model} failed with {Code}: {Reason}")]
    private partial void AttemptFailed(string provider, string model, string code, string reason);
}
