using LlmConsole.Core.Caching.Guards;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Telemetry;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.Logging;

namespace LlmConsole.Core.Caching.Semantic;

/// <summary>Looks for the answer to a message that is worded alike. What is slow or down only means that nothing is found.</summary>
internal sealed partial class SemanticLookup(MessageIndex index, RedisMessages shared, AnswerCache answers, CachingOptions options, TimeProvider time, ILogger<SemanticLookup> log)
{
    private const int MostMessages = 6;
    private const int LongestMessage = 2_000;
    private const double HighestTemperature = 1;
    private const int Candidates = 5;

    /// <summary>The message to look for, or none: only short talks in plain text, without tools and at an even temperature, are looked up.</summary>
    public static LastMessage? Eligible(ChatRequest request) =>
        request.MessageCount <= MostMessages && !request.HasTools && request.ImageParts == 0 && request.MediaBytes == 0 && request.Choices == 1 && !(request.Temperature > HighestTemperature)
        && LastMessage.Find(request, LongestMessage + 1) is { Text.Length: > 0 and <= LongestMessage } last ? last : null;

    /// <summary>The vector; none when the embedder is slow, down, or has nothing to say. One that was asked and not waited for does its work all the same: what it took isn't known.</summary>
    public async Task<EmbeddedText> EmbedAsync(IEmbedder embedder, string text, CancellationToken cancellation)
    {
        try
        {
            var embedding = embedder.EmbedAsync(text, cancellation);
            return embedding.IsCompletedSuccessfully ? embedding.Result : await embedding.AsTask().WaitAsync(options.LongestEmbedding, time, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new EmbeddedText(null, null);
        }
        catch (Exception e)
        {
            // Whatever a connector throws, a cache that can't look is a cache without the answer.
            EmbeddingFailed(embedder.Id, e.GetType().Name);
            CacheMetrics.LookedUp(CacheMetrics.Semantic, "failed");
            return new EmbeddedText(null, e is TimeoutException ? null : 0);
        }
    }

    /// <summary>The nearest message whose answer is there and that no guard objects to; else the nearest at all, with what stands against it.</summary>
    public async ValueTask<SemanticMatch?> FindAsync(CacheKey rest, IEmbedder embedder, float[] vector, string text, SemanticCachePolicy policy, CancellationToken cancellation)
    {
        var judge = new MessageJudge(answers, PromptFacts.Read(text), policy.Threshold, embedder is LexicalEmbedder);
        var near = index.Nearest(rest, embedder.Id, vector, Candidates, time.GetUtcNow());
        var match = await judge.BestAsync(near, cancellation);
        if (match?.Answer is null)
        {
            var others = (await shared.NearestAsync(rest, embedder.Id, vector, Candidates)).Where(other => near.All(own => own.Message.Answer != other.Message.Answer)).ToList();

            // What another instance answered is found here the next time.
            foreach (var other in others) index.Add(rest, embedder.Id, other.Vector, other.Message);
            var best = await judge.BestAsync([.. others.Select(other => new Neighbour(other.Message, other.Similarity))], cancellation);
            if (match is null || best is { Answer: not null } || best?.Similarity > match.Similarity) match = best ?? match;
        }

        if (match is not null) CacheMetrics.Near(match.Similarity);
        return match;
    }

    /// <summary>Messages like this one find its answer from now on. A call doesn't wait until the other instances find it too.</summary>
    public void Keep(CacheKey rest, IEmbedder embedder, float[] vector, IndexedMessage message)
    {
        index.Add(rest, embedder.Id, vector, message);
        _ = shared.AddAsync(rest, embedder.Id, vector, message);
    }

    [LoggerMessage(LogLevel.Debug, "The embedder {Embedder} gave no vector ({Reason}); the cache looks for exact matches only")]
    private partial void EmbeddingFailed(string embedder, string reason);
}

/// <summary>What a look-up came to.</summary>
/// <param name="Veto">The guard that holds the answer back.</param>
/// <param name="Answer">The answer to give; none when the message is too far, held back, or its answer is gone.</param>
internal sealed record SemanticMatch(IndexedMessage Message, double Similarity, string? Veto, CachedAnswer? Answer);
