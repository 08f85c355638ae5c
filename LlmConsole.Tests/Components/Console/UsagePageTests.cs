using Bunit;
using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using UsagePage = LlmConsole.Components.Console.Usage.UsagePage;

namespace LlmConsole.Tests.Components.Console;

public sealed class UsagePageTests : ConsoleContext
{
    private const int Keys = UsagePage.Most + 1;

    [Fact]
    public async Task Keys_MoreThanFit_AreCutToTheDearestAndSummedWhole()
    {
        await using (var writer = new UsageWriter(Services.GetRequiredService<DatabaseConnections>()))
        {
            await writer.WriteAsync([.. Enumerable.Range(0, Keys).Select(i => Record(i))], Cancellation);
        }

        Services.GetRequiredService<NavigationManager>().NavigateTo("/admin/usage?by=key");
        var page = Render<UsagePage>();

        page.WaitForAssertion(() => page.FindAll("tbody tr").Count.ShouldBe(UsagePage.Most));
        page.Find("tbody tr").TextContent.ShouldContain($"key_{Keys - 1}");
        page.Find("p.muted").TextContent.ShouldContain("201 keys, the 200 that cost the most");
        page.Find(".tiles").TextContent.ShouldContain($"{new Usd(Keys * (Keys - 1) / 2 * 1_000_000L)}");
    }

    /// <summary>Each a tenth of a cent dearer than the one before.</summary>
    private UsageRecord Record(int number) => new()
    {
        RequestId = $"req_{number}", StartedAt = Time.GetUtcNow(), TenantId = DefaultTenant.Id, KeyId = $"key_{number}", ModelAsked = "m", Outcome = Outcome.Answered, Status = 200, Cost = new Usd(number * 1_000_000L),
    };
}
