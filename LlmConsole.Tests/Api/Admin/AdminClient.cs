using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

/// <summary>An administrator's program: JSON over HTTP with an admin key.</summary>
internal sealed class AdminClient(HttpClient http)
{
    public static async Task<AdminClient> OfAsync(RunningApp app) => new(app.Client(await app.IssueAdminKeyAsync()));

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, string? json = null) => SendAsync(HttpMethod.Post, path, json);

    public Task<Answer> PatchAsync(string path, string json) => SendAsync(HttpMethod.Patch, path, json);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? json = null, string mediaType = "application/json")
    {
        using var request = new HttpRequestMessage(method, $"/admin/v1/{path}");
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, mediaType);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer(response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}

/// <summary>What the admin API said.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    public JsonElement this[string property] => Json.GetProperty(property);

    public string Id => this["id"].GetString()!;

    public string? Code => this["error"].GetProperty("code").GetString();

    public string? Param => this["error"].GetProperty("param").GetString();

    public IReadOnlyList<string> Ids => [.. this["data"].EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];

    public Answer Expect(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }

    /// <summary>Asserts that it is the error body, naming code and field.</summary>
    public Answer ExpectError(HttpStatusCode status, string code, string? param = null)
    {
        Expect(status);
        (Code, Param).ShouldBe((code, param), Text);
        return this;
    }
}
