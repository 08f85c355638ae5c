using LlmConsole.Core.Redis;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Limits;

/// <summary>Where limits are counted.</summary>
public interface ILimitHome
{
    RedisOptions Options { get; }
}

public sealed class MemoryHome : ILimitHome
{
    public RedisOptions Options => RedisOptions.None;
}

public sealed class GarnetHome : ILimitHome, IDisposable
{
    private readonly GarnetServer _server = GarnetServer.Start();

    public RedisOptions Options => _server.Options;

    public void Dispose() => _server.Dispose();
}

public sealed class RedisHome : ILimitHome, IAsyncLifetime
{
    private RedisServer? _server;

    public RedisOptions Options => _server!.Options;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;
}

/// <summary>A Redis Cluster, where what one script touches must lie in one slot.</summary>
public sealed class ClusterHome : ILimitHome, IAsyncLifetime
{
    private RedisServer? _server;

    public RedisOptions Options => _server!.Options;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartClusterAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;
}

public sealed class MemoryLimiterTests(MemoryHome home) : LimiterContract(home), IClassFixture<MemoryHome>;

public sealed class GarnetLimiterTests(GarnetHome home) : LimiterContract(home), IClassFixture<GarnetHome>;

public sealed class RedisLimiterTests(RedisHome home) : LimiterContract(home), IClassFixture<RedisHome>;

public sealed class ClusterLimiterTests(ClusterHome home) : LimiterContract(home), IClassFixture<ClusterHome>;
