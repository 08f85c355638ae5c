using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlmConsole.Api.Admin;
using LlmConsole.Tests.Authentication;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api.Admin;

/// <summary>Walks every operation of the admin API that takes a body: none takes a field that it doesn't know, however deep.</summary>
public sealed class AdminBodiesTests(VisitedApp visited) : IClassFixture<VisitedApp>
{
    /// <summary>How the paths of operations without a body end. All others are sent one, whether they say what they take or not.</summary>
    private static readonly string[] Bodiless = ["/test", "/resend", "/retry", "/cancel"];

    [Fact]
    public async Task Bodies_All_RefuseAFieldThatNobodyKnows()
    {
        var operations = Operations();
        operations.Count.ShouldBeGreaterThan(20);

        var wrong = new List<string>();
        foreach (var (method, path, _) in operations.Where(operation => operation.Body is not null || !Bodiless.Any(end => operation.Path.EndsWith(end, StringComparison.Ordinal))))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = JsonContent.Create(Unknown(path)), Headers = { { "Sec-Fetch-Site", "same-origin" } } };
            using var answer = await visited.Visitors.Single(visitor => visitor.Who == Who.Owner).Client.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            if ((int)answer.StatusCode != 400 || !text.Contains("\"param\":\"nobodyKnowsThis\"", StringComparison.Ordinal)) wrong.Add($"{method} {path}: {(int)answer.StatusCode} {text}");
        }

        wrong.ShouldBeEmpty();
    }

    /// <summary>What is below the fields is read by the same rules, so nothing there may take whatever comes.</summary>
    [Fact]
    public void Bodies_BelowTheirFields_HoldNothingThatTakesWhateverComes()
    {
        var seen = new HashSet<Type>();
        foreach (var operation in Operations()) Look(operation.Body, seen);

        seen.Count.ShouldBeGreaterThan(30);
        seen.Where(IsOpen).ShouldBeEmpty();
    }

    /// <summary>Those that change something, each parameter of their path filled by the id of a key.</summary>
    private List<(string Method, string Path, Type? Body)> Operations() =>
    [
        .. from endpoint in visited.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
           where path.StartsWith("/admin/v1/", StringComparison.Ordinal)
           from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
           where method is "POST" or "PUT" or "PATCH"
           select (method, path.Replace("{id}", visited.App.Configuration.Keys.Keys.First(), StringComparison.Ordinal) + (path == "/admin/v1/jobs" ? "?tenant=Default" : ""), endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType),
    ];

    /// <summary>What a job is made of depends on its type.</summary>
    private static object Unknown(string path) => path.StartsWith("/admin/v1/jobs?", StringComparison.Ordinal) ? new { type = "batch", nobodyKnowsThis = 1 } : new { nobodyKnowsThis = 1 };

    private static void Look(Type? type, HashSet<Type> seen)
    {
        if (type is null || !seen.Add(type)) return;
        foreach (var part in type.GetGenericArguments()) Look(part, seen);
        if (type.Assembly != typeof(AdminJson).Assembly || type.IsGenericType) return;
        foreach (var property in type.GetProperties()) Look(property.PropertyType, seen);
    }

    private static bool IsOpen(Type type) =>
        type == typeof(object) || typeof(JsonElement) == type || typeof(System.Text.Json.Nodes.JsonNode).IsAssignableFrom(type) || typeof(System.Collections.IDictionary).IsAssignableFrom(type)
        || type.GetProperties().Any(property => property.IsDefined(typeof(JsonExtensionDataAttribute), true)) || type.IsDefined(typeof(JsonUnmappedMemberHandlingAttribute), true);
}
