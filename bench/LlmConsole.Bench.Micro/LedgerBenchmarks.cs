using BenchmarkDotNet.Attributes;
using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Bench.Micro;

/// <summary>A batch of usage records with its roll-ups, committed to SQLite.</summary>
[MemoryDiagnoser]
public class LedgerBenchmarks
{
    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-bench-").FullName;
    private ServiceProvider _services = null!;
    private UsageWriter _writer = null!;
    private int _number;

    [Params(1, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _services = new ServiceCollection().AddStorage(StorageOptions.From(_directory, null)).BuildServiceProvider();
        await _services.GetRequiredService<DatabaseStartup>().PrepareAsync(CancellationToken.None);
        _writer = new UsageWriter(_services.GetRequiredService<DatabaseConnections>());
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _writer.DisposeAsync();
        await _services.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public Task<IReadOnlyList<UsageRecord>> Write() => _writer.WriteAsync([.. Enumerable.Range(0, Batch).Select(_ => Record())], CancellationToken.None);

    private UsageRecord Record() => new()
    {
        RequestId = $"req_{_number++:D26}", StartedAt = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero), TenantId = "ten_a", KeyId = "key_a", ModelAsked = "m", ModelServed = "m", ProviderId = "prv", ProviderModel = "m-1",
        Attempts = 1, Outcome = Outcome.Answered, Status = 200, InputTokens = 400, OutputTokens = 50, UsageSource = UsageSource.Provider, PriceVersion = 1, Cost = new Usd(1_001), DurationMs = 12.3456, FirstTokenMs = 3.21,
    };
}
