using System.Text.Json;
using LlmConsole.Components.Console.Audit;
using LlmConsole.Core.Bodies;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Components.Console;

public sealed class AuditLogPageTests
{
    [Fact]
    public void Kinds_Always_HoldAllThatIsConfiguredOrRead() =>
        typeof(IConfigured).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IConfigured)) && !type.IsInterface)
            .Select(type => type == typeof(ApiKey) ? "key" : type == typeof(WebhookEndpoint) ? "webhook" : JsonNamingPolicy.KebabCaseLower.ConvertName(type.Name))
            .Concat([KeptBodies.Kind, KeptAnswers.Kind, CachePairs.Kind, "job", "drill", "requests", "user"])
            .ShouldBeSubsetOf(AuditLogPage.Kinds);
}
