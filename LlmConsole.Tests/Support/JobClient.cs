using System.Net;
using System.Text;
using System.Text.Json;

namespace LlmConsole.Tests.Support;

/// <summary>What a caller does with background jobs, in one line each.</summary>
internal sealed class JobClient(HttpClient http)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<(HttpStatusCode Status, JsonElement Json, HttpResponseMessage Answer)> SubmitAsync(string body, string mediaType = "application/json", string query = "", string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/jobs" + query) { Content = new StringContent(body, Encoding.UTF8, mediaType) };
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await ReadAsync(await http.SendAsync(request, Cancellation));
    }

    /// <summary>Submits a job that is taken in; its id.</summary>
    public async Task<string> StartAsync(string body)
    {
        var (status, json, _) = await SubmitAsync(body);
        status.ShouldBe(HttpStatusCode.Accepted, json.ToString());
        return json.GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> FindAsync(string id) => (await ReadAsync(await http.GetAsync($"/v1/jobs/{id}", Cancellation))).Json;

    public async Task<(HttpStatusCode Status, JsonElement Json, HttpResponseMessage Answer)> GetAsync(string path) => await ReadAsync(await http.GetAsync(path, Cancellation));

    public async Task<JsonElement> CancelAsync(string id) => (await ReadAsync(await http.DeleteAsync($"/v1/jobs/{id}", Cancellation))).Json;

    public async Task<(HttpStatusCode Status, JsonElement Json, HttpResponseMessage Answer)> RetryAsync(string id) => await ReadAsync(await http.PostAsync($"/v1/jobs/{id}/retry", null, Cancellation));

    /// <summary>All results, once the job is over.</summary>
    public async Task<IReadOnlyList<JsonElement>> ResultsAsync(string id, Action<JsonElement>? each = null)
    {
        using var answer = await http.GetAsync($"/v1/jobs/{id}/results?follow=true", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        var results = new List<JsonElement>();
        while (await reader.ReadLineAsync(Cancellation) is { } line)
        {
            results.Add(JsonDocument.Parse(line).RootElement);
            each?.Invoke(results[^1]);
        }

        return results;
    }

    /// <summary>The first results, as soon as there are so many.</summary>
    public async Task<IReadOnlyList<JsonElement>> FollowAsync(string id, int count)
    {
        using var answer = await http.GetAsync($"/v1/jobs/{id}/results?follow=true", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
        var results = new List<JsonElement>();
        while (results.Count < count && await reader.ReadLineAsync(Cancellation) is { } line) results.Add(JsonDocument.Parse(line).RootElement);
        return results;
    }

    /// <summary>The job, as soon as it is as asked for.</summary>
    public async Task<JsonElement> UntilAsync(string id, Func<JsonElement, bool> condition)
    {
        while (true)
        {
            var job = await FindAsync(id);
            if (condition(job)) return job;
        }
    }

    /// <summary>The job, once it is over.</summary>
    public async Task<JsonElement> EndAsync(string id)
    {
        await ResultsAsync(id);
        return await FindAsync(id);
    }

    private static async Task<(HttpStatusCode Status, JsonElement Json, HttpResponseMessage Answer)> ReadAsync(HttpResponseMessage answer) =>
        (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation)).RootElement, answer);
}

internal static class JobReading
{
    public static string Status(this JsonElement job) => job.GetProperty("status").GetString()!;

    public static (int Total, int Succeeded, int Failed) Counts(this JsonElement job)
    {
        var counts = job.GetProperty("counts");
        return (counts.GetProperty("total").GetInt32(), counts.GetProperty("succeeded").GetInt32(), counts.GetProperty("failed").GetInt32());
    }

    public static string CustomId(this JsonElement result) => result.GetProperty("custom_id").GetString()!;

    public static string? Param(this JsonElement refusal) => refusal.GetProperty("error").GetProperty("param").GetString();

    public static string? Code(this JsonElement failed) => failed.GetProperty("error").GetProperty("code").GetString();
}
