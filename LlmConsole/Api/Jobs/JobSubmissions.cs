using LlmConsole.Core.Configuration;
using LlmConsole.Core.Idempotency;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Jobs.Pipelines;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace LlmConsole.Api.Jobs;

/// <summary>Reads a job from a request: JSON with everything in it, or a batch as lines of JSON with the rest in the query string.</summary>
internal sealed class JobSubmissions(JobIntake intake, JobOptions options, PipelineRegistry pipelines)
{
    private const string Route = "/v1/jobs";

    /// <summary>Takes a job in.</summary>
    /// <param name="isOwned">Whether the query string also says whose job it is.</param>
    /// <exception cref="RefusalException">It can't be run as it is; the refusal names the field.</exception>
    public Task<(Job Job, bool IsReplay)> AcceptAsync(HttpRequest request, Caller caller, bool isOwned, CancellationToken cancellation) =>
        ReadAsync(request, caller, isOwned, (draft, key, lines, hash) => intake.SubmitAsync(caller, draft, key, lines, hash, cancellation), cancellation);

    /// <summary>Checks a job in the same way and says what it may use; nothing is stored.</summary>
    /// <exception cref="RefusalException">It can't be run as it is; the refusal names the field.</exception>
    public Task<JobForecastView> EstimateAsync(HttpRequest request, Caller caller, bool isOwned, CancellationToken cancellation) =>
        ReadAsync(request, caller, isOwned, async (draft, _, lines, _) =>
        {
            var (total, estimate) = await intake.EstimateAsync(caller, draft, lines, cancellation);
            return new JobForecastView(draft.Type, draft.Pipeline, new JobCounts(total, 0, 0), JobEstimateView.From(estimate));
        }, cancellation);

    private async Task<T> ReadAsync<T>(HttpRequest request, Caller caller, bool isOwned, Func<JobDraft, string?, IAsyncEnumerable<JobLine>, Func<string>, Task<T>> use, CancellationToken cancellation)
    {
        var wishes = CallHeaders.Read(request.Headers);
        if (IsLines(request))
        {
            if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = options.MaxUploadBytes;
            var batch = JobQuery.Read(request, wishes.Task, isOwned);
            using var upload = new JobUpload(request.BodyReader, $"{Route}{request.QueryString}", caller, options);
            return await use(batch, wishes.IdempotencyKey, upload.LinesAsync(cancellation), upload.Hash);
        }

        using var body = await RequestBody.ReadAsync(request, cancellation);
        using var document = JobLine.Document(body.Bytes, "The body");
        var submission = JobSubmission.Read(document.RootElement);
        var draft = submission.Draft with { Task = submission.Draft.Task ?? wishes.Task };
        return await use(draft, wishes.IdempotencyKey, Each(submission.Lines(caller, pipelines, options.MaxMessages)), () => Hash(caller, body.Bytes.Span));
    }

    private static bool IsLines(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Value?.ToLowerInvariant() is "application/jsonl" or "application/x-jsonlines" or "application/x-ndjson";

    private static string Hash(Caller caller, ReadOnlySpan<byte> body) => IdempotentRequest.Of(caller.Tenant.Id, "", Route, body).PayloadHash;

    private static async IAsyncEnumerable<JobLine> Each(IEnumerable<JobLine> lines)
    {
        foreach (var line in lines) yield return line;
        await ValueTask.CompletedTask;
    }
}
