using System.Text.Json;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Chat;

/// <summary>
/// Counts the tokens of a prompt without asking for an answer: Anthropic does where it would be asked first, the gateway in all other cases. It
/// counts as a request against the limits, and costs nothing; the books are for calls.
/// </summary>
public sealed class PromptCounter(Limiter limiter, Upstream upstream, HealthBook health, TimeProvider time)
{
    private const int MaxBytes = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="RefusalException">It is no valid request, or one that may not be made now.</exception>
    public async Task<PromptCount> CountAsync(ChatCall call, CancellationToken cancellation)
    {
        var request = ChatRequest.ParseToCount(call.Body, call.MessagesHeaders, call.MaxMessages);
        var model = ChatGateway.Permit(call.Caller, request);
        var admission = await limiter.AdmitAsync(LimitPlan.For(call.Caller), Demand.Free, call.RequestId, cancellation);
        try
        {
            var target = model.Targets.Where(target => !target.Drained).MinBy(target => target.Group) ?? model.Targets[0];
            var name = target.Model == "*" ? request.Model : target.Model;
            return await AskAsync(call, request, model, target, name, cancellation) is { } exact
                ? new PromptCount(exact, IsEstimate: false)
                : new PromptCount(PromptTokens.Count(request, TokenCounter.For(name)), IsEstimate: true);
        }
        finally
        {
            await admission.SettleAsync(new Consumption(1, 0, Usd.Zero));
        }
    }

    /// <summary>None when the target doesn't count, or can't now.</summary>
    private async Task<long?> AskAsync(ChatCall call, ChatRequest request, Model model, ModelTarget target, string name, CancellationToken cancellation)
    {
        if (health.Find(target.ProviderId, target.Model) is { Pause: not null }) return null;
        using var deadline = new CallDeadline(model.Timeouts, call.Caller.Tier.Timeouts, call.Timeout < Patience ? call.Timeout : Patience, call.StartedTimestamp, time, cancellation);
        deadline.AwaitCompletion();
        try
        {
            using var response = await upstream.CountAsync(call.Caller.Snapshot.Providers[target.ProviderId], new Question(request, name) { ConnectTimeout = deadline.Connect }, deadline.Token);
            return response is { IsSuccessStatusCode: true } ? Read(await BoundedBody.ReadAsync(response.Content, MaxBytes, cut: false, deadline.Token)) : null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or SecretUnreadableException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private static long? Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Number("input_tokens") is >= 0 and var count ? count : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>The tokens of a prompt.</summary>
/// <param name="IsEstimate">The gateway counted them, by the vocabulary of OpenAI's models.</param>
public readonly record struct PromptCount(long Tokens, bool IsEstimate);
