using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using LlmConsole.Api.Jobs;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Jobs.Pipelines;
using LlmConsole.Core.Wire;

namespace LlmConsole.Components.Console.Jobs;

/// <summary>A job while it is being written, as the fields hold it.</summary>
internal sealed class JobForm
{
    /// <summary>The largest file that is taken here, in bytes: it is held in memory until the job is started.</summary>
    public const long MaxFile = 32 * 1024 * 1024;

    /// <summary>Fields that a refusal can name.</summary>
    public static readonly string[] Fields = ["task", "spendLimitUsd", "expiresAfterSeconds"];

    public string TenantId { get; set; } = "";

    public string KeyId { get; set; } = "";

    /// <summary>The name of a pipeline; empty for a batch.</summary>
    public string Pipeline { get; set; } = "";

    public string Typed { get; set; } = "";

    public byte[]? File { get; set; }

    public string FileName { get; set; } = "";

    public string Task { get; set; } = "";

    /// <summary>In dollars.</summary>
    public string SpendLimit { get; set; } = "";

    public string Hours { get; set; } = JobOptions.DefaultExpiry.TotalHours.ToString(CultureInfo.InvariantCulture);

    /// <exception cref="RefusalException">A field can't be read.</exception>
    public JobDraft Draft() => new JobDraft
    {
        Type = Pipeline.Length == 0 ? JobType.Batch : JobType.Pipeline,
        Pipeline = Pipeline.Length == 0 ? null : Pipeline,
        Task = Task.Trim() is { Length: > 0 } task ? task : null,
        SpendLimit = SpendLimit.Trim() is { Length: > 0 } limit ? JobQuery.Money(limit) : null,
        ExpiresAfter = double.TryParse(Hours.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var hours) && hours > 0 && hours <= JobOptions.LongestExpiry.TotalHours
            ? TimeSpan.FromHours(hours)
            : throw new RefusalException(ErrorCode.InvalidValue, "Enter a number of hours between 0 and 168.", "expiresAfterSeconds"),
    }.Checked();

    /// <summary>The work, to be read once.</summary>
    public JobFormLines Lines(Caller caller, JobOptions options, PipelineRegistry pipelines) => new(File ?? Encoding.UTF8.GetBytes(Typed), Pipeline, caller, options, pipelines);
}

/// <summary>The lines of a batch that was typed or uploaded, or the documents of a pipeline's input.</summary>
internal sealed class JobFormLines(byte[] work, string pipeline, Caller caller, JobOptions options, PipelineRegistry pipelines) : IDisposable
{
    private readonly JobUpload _upload = new(PipeReader.Create(new MemoryStream(work)), "console", caller, options);
    private JsonDocument? _input;

    /// <exception cref="RefusalException">A line or a field is wrong.</exception>
    public IAsyncEnumerable<JobLine> Read()
    {
        if (pipeline.Length == 0) return _upload.LinesAsync(default);
        _input = JobLine.Document(work, "The input");
        return pipelines.Read(pipeline, _input.RootElement, caller).ToAsyncEnumerable();
    }

    public void Dispose()
    {
        _upload.Dispose();
        _input?.Dispose();
    }
}
