using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Routing;

/// <summary>
/// Asks each target of a model a tiny question, in the way that calls are asked, and tells what came of it. No caller's limits, books or health of a
/// target know of it; the few tokens that a provider takes are the operator's, and the audit log says who spent them.
/// </summary>
public sealed class ModelProbe
{
    private const int OutputTokens = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TargetCalls _targets;
    private readonly ConfigurationStore _store;
    private readonly ConfigurationEditor _editor;
    private readonly TimeProvider _time;

    internal ModelProbe(TargetCalls targets, ConfigurationStore store, ConfigurationEditor editor, TimeProvider time) => (_targets, _store, _editor, _time) = (targets, store, editor, time);

    /// <summary>Asks all targets at once, drained ones too.</summary>
    /// <param name="name">For a pattern: one of the names that it serves.</param>
    /// <exception cref="ConfigurationInvalidException">A pattern can't be asked without such a name.</exception>
    public async Task<IReadOnlyList<TargetAnswer>> TestAsync(Actor actor, Model model, string? name, CancellationToken cancellation)
    {
        name = string.IsNullOrWhiteSpace(name) ? model.Name : name.Trim();
        if (name.Contains('*') || name.Length > ModelRules.MaxModelName || !ModelPattern.Matches(model.Name, name))
            throw new ConfigurationInvalidException([new Problem("name", model.IsPattern ? $"Name a model that {model.Name} serves, to ask for it." : $"This model is named {model.Name}.")]);
        var snapshot = _store.Current;
        await _editor.AuditAsync(actor, "test", "model", model.Id, model.Name, null, null, cancellation);
        return await Task.WhenAll(model.Targets.Select(target => AskAsync(snapshot, model, target, name, cancellation)));
    }

    private async Task<TargetAnswer> AskAsync(ConfigurationSnapshot snapshot, Model model, ModelTarget target, string name, CancellationToken cancellation)
    {
        var candidate = new Candidate(model, snapshot.Providers[target.ProviderId], target, target.Model == "*" ? name : target.Model);
        var chat = await AskAsync(snapshot, candidate, name, Surface.ChatCompletions, cancellation);

        // A model that only makes vectors says to a chat that it doesn't know it, or that the request is wrong.
        if (chat.Ok || chat.Status is not (400 or 404 or 405 or 422)) return chat;
        var embeddings = await AskAsync(snapshot, candidate, name, Surface.Embeddings, cancellation);
        return embeddings.Ok ? embeddings : chat;
    }

    private async Task<TargetAnswer> AskAsync(ConfigurationSnapshot snapshot, Candidate candidate, string name, Surface surface, CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        using var deadline = new CallDeadline(candidate.Model.Timeouts, null, Patience, started, _time, cancellation);
        var route = new Route
        {
            Snapshot = snapshot, Model = candidate.Model, Request = Question(name, surface), OutputCap = surface == Surface.Embeddings ? null : OutputTokens, Deadline = deadline, TenantId = "",
        };
        var pass = new TargetHealth(candidate.Key, new HealthOptions(), _time).Enter()!;
        var (answer, failure) = await _targets.AskAsync(route, new Attempt(candidate, pass, TimeSpan.Zero, null));
        var took = _time.GetElapsedTime(started);
        if (answer is not null) await answer.DisposeAsync();
        return new TargetAnswer(candidate.Target, candidate.Provider.Name, candidate.ProviderModel, failure is null, failure is null ? 200 : failure.Status, took.TotalMilliseconds, Explain(candidate, failure, surface, deadline));
    }

    private static ChatRequest Question(string name, Surface surface)
    {
        var model = System.Text.Encoding.UTF8.GetString(JsonText.Quoted(name));
        return surface == Surface.Embeddings
            ? ChatRequest.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"model":{{model}},"input":"ping"}"""), surface)
            : ChatRequest.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"model":{{model}},"stream":true,"messages":[{"role":"user","content":"Say OK."}]}"""));
    }

    private static string Explain(Candidate candidate, AttemptFailure? failure, Surface surface, CallDeadline deadline)
    {
        var provider = candidate.Provider;
        return failure switch
        {
            null => surface == Surface.Embeddings ? "It answers with embeddings." : "It answers.",
            { Kind: FailureKind.Silence } => ProbeWords.Silent(provider, deadline.Current),
            { Kind: FailureKind.Request } => failure.Message,
            { Status: null, Kind: FailureKind.Passing } => ProbeWords.Unreachable(provider, "the connection failed"),
            { Status: null } => failure.Message,
            { Status: >= 200 and < 300 } => $"{provider.Name} answered {failure.Status}, but with something that is no answer: an error, a web page, or nothing. Check that the base URL leads to its API.",
            { Status: { } status } => ProbeWords.Refused(provider, status, $"it doesn't know the model {candidate.ProviderModel}, or there is no such API at this base URL. Check both."),
        };
    }
}

/// <summary>What became of the question to one target.</summary>
/// <param name="Provider">Its name.</param>
/// <param name="ProviderModel">The name that the provider was asked for.</param>
/// <param name="Status">Its HTTP status; none when it couldn't be reached.</param>
/// <param name="Ms">Until the first token, or until it failed.</param>
/// <param name="Message">For people: what happened, and the next step.</param>
public sealed record TargetAnswer(ModelTarget Target, string Provider, string ProviderModel, bool Ok, int? Status, double Ms, string Message);
