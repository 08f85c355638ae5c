using Bunit;
using LlmConsole.Components.Layout;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Redis;
using LlmConsole.Core.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Components.Layout;

public sealed class StoreNoticeTests : BunitContext
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Notice_WithoutRedis_SaysNothing()
    {
        Add(RedisOptions.None);

        Render<StoreNotice>().FindAll(".notice").ShouldBeEmpty();
    }

    [Fact]
    public void Notice_RedisAway_SaysSinceWhenAndWhatItMeans()
    {
        Add(RedisOptions.From("127.0.0.1:1"));

        var notice = Render<StoreNotice>().Find("[role=status] .notice").TextContent;

        notice.ShouldContain("Redis is away since 12:00:00 UTC: not connected yet.");
        notice.ShouldContain("each instance gives its share");
    }

    private void Add(RedisOptions options)
    {
        Services.AddLogging().AddStorage(StorageOptions.From(Path.Combine(Path.GetTempPath(), $"llmconsole-none-{Guid.NewGuid():N}"), null));
        Services.AddSingleton<TimeProvider>(_time).AddSingleton(new RedisConnection(options, _time, NullLogger<RedisConnection>.Instance));
        Services.AddSingleton(new LedgerOptions()).AddSingleton<UsageLedger>();
    }
}
