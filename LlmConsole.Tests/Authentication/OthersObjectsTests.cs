using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmConsole.Authentication;
using LlmConsole.Core.Conversations;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Authentication;

/// <summary>
/// Goes to every address that names an object of a tenant or a user, once it is there, as a neighbour of its owner: to neighbours it doesn't exist. An address of a new kind of object
/// that no row covers fails here, which is the point. What administrators configure is theirs together.
/// </summary>
public sealed partial class OthersObjectsTests(VisitedApp visited) : IClassFixture<VisitedApp>
{
    private const string Question = "A question that nobody else asks";

    /// <summary>Addresses that name nothing of anybody: models, as far as a caller's limits let it see them, documents of the API, files.</summary>
    private static readonly string[] OfNobody = ["/v1/models/{**id}", "/openapi/{documentName}.json", "/docs/", "/{**path:file}", "/_framework/", "/_blazor"];

    private readonly Dictionary<string, (string Id, Who Owner, Who Neighbour)> _objects = [];

    [Fact]
    public async Task Objects_OfNeighbours_DontExist()
    {
        await MakeAsync();
        var addresses = Addresses();
        addresses.Count.ShouldBeGreaterThan(6);
        addresses.Where(address => RowOf(address.Path) is null).ShouldBeEmpty();

        var wrong = new List<string>();
        foreach (var (method, path) in addresses)
        {
            var (id, _, neighbour) = _objects[RowOf(path)!];
            var (status, text) = await SendAsync(neighbour, method, path, id);
            if (text.Contains(Question, StringComparison.Ordinal) || (!IsPage(path) && status != HttpStatusCode.NotFound)) wrong.Add($"{method} {path}: {(int)status}");
        }

        // They are all there, and open to whom they belong to: the last ones are deleted.
        foreach (var (method, path) in addresses.OrderBy(address => address.Method == "DELETE"))
        {
            var (id, owner, _) = _objects[RowOf(path)!];
            if ((await SendAsync(owner, method, path, id)).Status == HttpStatusCode.NotFound) wrong.Add($"{method} {path} of one's own");
        }

        wrong.ShouldBeEmpty();
    }

    private static bool IsPage(string path) => path == "/chat/{ConversationId}";

    private string? RowOf(string path) => _objects.Keys.FirstOrDefault(start => path.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    /// <summary>A job of a tenant's key, a conversation of a member, a view of a viewer.</summary>
    private async Task MakeAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var job = await new JobClient(Of(Who.Key)).StartAsync($$$"""{"type":"chat","body":{"model":"simulator/echo","messages":[{"role":"user","content":"{{{Question}}}"}]}}""");
        var users = await visited.App.Services.GetRequiredService<UserDirectory>().ListAsync(cancellation);
        var member = users.Single(user => user.Email.StartsWith("Member", StringComparison.OrdinalIgnoreCase)).Id;
        var conversation = await visited.App.Services.GetRequiredService<ConversationStore>().AskAsync(member, null, "simulator/echo", Question, cancellation);
        var (_, view) = await SendAsync(Who.Viewer, "POST", "/admin/v1/views", "", """{"name":"Mine","path":"/admin/requests","query":"?status=429"}""");

        _objects["/v1/jobs/{id}"] = (job, Who.Key, Who.NeighboursKey);
        _objects["/chat/{ConversationId}"] = (conversation!.Conversation.Id, Who.Member, Who.Neighbour);
        _objects["/admin/v1/views/{id}"] = (JsonElement.Parse(view).GetProperty("id").GetString()!, Who.Viewer, Who.Admin);
    }

    private List<(string Method, string Path)> Addresses() =>
    [
        .. from endpoint in visited.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
           where path.Contains('{', StringComparison.Ordinal) && !OfNobody.Any(start => path.StartsWith(start, StringComparison.OrdinalIgnoreCase))
           where !path.StartsWith("/admin/", StringComparison.Ordinal) || path.StartsWith("/admin/v1/views", StringComparison.Ordinal)
           from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
           where !(IsPage(path) && method == "POST")
           select (method, path),
    ];

    private HttpClient Of(Who who) => visited.Visitors.Single(visitor => visitor.Who == who).Client;

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(Who who, string method, string path, string id, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(path, match => match.Value.Contains("markdown", StringComparison.Ordinal) ? "json" : id)) { Headers = { { "Sec-Fetch-Site", "same-origin" } } };
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Of(who).SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
