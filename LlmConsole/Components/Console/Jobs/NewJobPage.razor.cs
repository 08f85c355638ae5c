using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Jobs.Pipelines;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;

namespace LlmConsole.Components.Console.Jobs;

/// <summary>Submits a job in a tenant's name: first what it may cost is said, and only then it is started. A change of the form asks for a new estimate.</summary>
public sealed partial class NewJobPage
{
    private const int MaxTyped = Chat.Composer.MaxLength;

    private readonly JobForm _form = new();
    private JobEstimate? _estimate;
    private int? _total;
    private bool _busy;

    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    [Inject]
    private JobIntake Intake { get; set; } = default!;

    [Inject]
    private JobDesk Desk { get; set; } = default!;

    [Inject]
    private JobOptions Options { get; set; } = default!;

    [Inject]
    private PipelineRegistry Pipelines { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    private IEnumerable<ApiKey> Keys => Snapshot.Keys.Values.Where(key => key.TenantId == _form.TenantId && key.StatusAt(Time.GetUtcNow()) == KeyStatus.Active).OrderBy(key => key.Name, StringComparer.OrdinalIgnoreCase);

    private string About => Pipelines.Find(_form.Pipeline)?.About ?? "Requests that are answered one by one, each with a result of its own.";

    private string WorkHelp => _form.Pipeline.Length == 0
        ? """Each line is {"custom_id","body"}, as in a file for OpenAI's batches. More than fits here goes into a file of up to 32 MB, and more than that to POST /v1/jobs."""
        : "A JSON object, as the input of a job over the API.";

    private static string Placeholder => """{"custom_id":"first","body":{"model":"simulator/echo","messages":[{"role":"user","content":"Say hello"}]}}""";

    private string EstimateNote => _estimate switch
    {
        null => "This pipeline doesn't say beforehand what it will call. A spend limit bounds it.",
        { Unpriced: > 0 } estimate => $"{Display.Exact(estimate.Unpriced)} calls go to models without a price and add nothing here. Answers from the cache cost nothing, and most answers are shorter than they may be.",
        _ => "Answers from the cache cost nothing, and most answers are shorter than they may be; a request that doesn't say how long is counted with 4,096 tokens.",
    };

    private static string Text(ChangeEventArgs e) => e.Value?.ToString() ?? "";

    private void Set(Action change)
    {
        change();
        (_total, _estimate) = (null, null);
    }

    private void Choose(string pipeline) => (_form.Pipeline, _form.Typed) = (pipeline, Pipelines.Find(pipeline)?.Example ?? "");

    private async Task UploadAsync(InputFileChangeEventArgs e)
    {
        Set(() => _form.File = null);
        await using var file = e.File.OpenReadStream(JobForm.MaxFile);
        using var bytes = new MemoryStream();
        try
        {
            await file.CopyToAsync(bytes);
            (_form.File, _form.FileName) = (bytes.ToArray(), e.File.Name);
        }
        catch (IOException)
        {
            _form.FileName = "";
        }
    }

    private async Task SubmitAsync()
    {
        var actor = await Me.AuthorizeAsync();
        if (Caller() is not { } caller) throw new ConfigurationInvalidException([new Problem("tenant", "Choose the tenant whose job it is.")]);
        try
        {
            var draft = _form.Draft();
            using var lines = _form.Lines(caller, Options, Pipelines);
            if (_total is null) (_total, _estimate) = await Intake.EstimateAsync(caller, draft, lines.Read(), default);
            else await StartAsync(actor, caller, draft, lines);
        }
        catch (RefusalException refusal)
        {
            throw new ConfigurationInvalidException([ProblemOf(refusal)]);
        }
    }

    private async Task StartAsync(Actor actor, Caller caller, JobDraft draft, JobFormLines lines)
    {
        var (job, _) = await Intake.SubmitAsync(caller, draft, null, lines.Read(), () => "", default);
        await Desk.NoteSubmissionAsync(actor, job, default);
        Navigation.NavigateTo(JobWords.Url(job));
    }

    /// <summary>At the field that it names, else at the work, saying where in it.</summary>
    private static Problem ProblemOf(RefusalException refusal) =>
        refusal.Param is { } field && JobForm.Fields.Contains(field) ? new Problem(field, refusal.Message)
        : new Problem("work", refusal.Param is { } place && !refusal.Message.Contains(place, StringComparison.Ordinal) ? $"{place}: {refusal.Message}" : refusal.Message);

    private Caller? Caller() => Snapshot.CallerOf(_form.TenantId, Snapshot.Keys.GetValueOrDefault(_form.KeyId));
}
