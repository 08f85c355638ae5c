using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Api.Admin;
using LlmConsole.Core;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Jobs;

/// <summary>Writes the results of a job as lines of JSON, in the order in which its requests ended.</summary>
internal sealed class JobResults(JobStore jobs, TimeProvider time)
{
    /// <summary>Answers that are held in memory at once.</summary>
    private const int Page = 32;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Those that there are; with <c>follow=true</c> also those to come, until the job is over.</summary>
    public async Task WriteAsync(HttpContext context, Job job, Query query)
    {
        var follow = query.Read("follow", text => bool.TryParse(text, out var flag) ? flag : (bool?)null, "true or false") ?? false;
        var after = query.Read("after", text => long.TryParse(text, out var order) && order >= 0 ? order : (long?)null, "the seq of a result") ?? 0;
        var most = query.Text("limit") is null ? int.MaxValue : query.Limit;
        var (response, cancellation) = (context.Response, context.RequestAborted);
        response.ContentType = "application/jsonl; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        while (true)
        {
            // What was over before the results were read has no further ones.
            var isOver = job.IsOver;
            var page = await jobs.ResultsAsync(job.Id, after, Math.Min(Page, most), cancellation);
            foreach (var item in page) Write(response.BodyWriter, item, hasCall: job.Type != JobType.Pipeline);
            await response.BodyWriter.FlushAsync(cancellation);
            if ((most -= page.Count) == 0) return;
            if (page.Count > 0) after = page[^1].EndOrder!.Value;
            else if (isOver || !follow) return;
            else await Task.Delay(Look, time, cancellation);
            if (follow && await jobs.FindAsync(job.TenantId, job.Id, cancellation) is { } current) job = current;
        }
    }

    private static void Write(IBufferWriter<byte> destination, JobItem item, bool hasCall)
    {
        using (var json = new Utf8JsonWriter(destination, Readable))
        {
            json.WriteStartObject();
            json.WriteString("custom_id"u8, item.CustomId);
            json.WriteString("status"u8, JsonNamingPolicy.KebabCaseLower.ConvertName(item.State.ToString()));
            if (item.Result is { } body)
            {
                // Providers may send JSON of several lines, and here a line ends the result; between values only, so that a blank says the same.
                json.WritePropertyName("body"u8);
                json.WriteRawValue(JsonText.OnOneLine(body), skipInputValidation: true);
            }

            if (item.ErrorCode is not null)
            {
                json.WriteStartObject("error"u8);
                json.WriteString("code"u8, item.ErrorCode);
                json.WriteString("message"u8, item.Error);
                json.WriteEndObject();
            }

            json.WriteNumber("cost_usd"u8, new Usd(item.CostNanos).Dollars);
            if (hasCall) json.WriteString("request_id"u8, item.RequestId);
            json.WriteNumber("seq"u8, item.EndOrder!.Value);
            json.WriteEndObject();
        }

        destination.Write("\n"u8);
    }
}
