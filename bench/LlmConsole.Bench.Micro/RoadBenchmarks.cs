using BenchmarkDotNet.Attributes;
using LlmConsole.Core;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Limits;
using LlmConsole.Core.Wire;

namespace LlmConsole.Bench.Micro;

/// <summary>What a call costs on its way, beside the wire.</summary>
[MemoryDiagnoser]
public class RoadBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly string Key = KeyFormat.Generate(ApiKeyKind.Live);

    private readonly ChatRequest _request = ChatRequest.Parse(Requests.Of(400));
    private readonly Model _model = new() { Id = "mod", Name = "gpt-4o", Targets = [new ModelTarget("prv", "gpt-4o")] };
    private readonly Caller _caller;
    private readonly TenantBook _book = new();
    private long _calls;
    private readonly Demand _demand = new() { PromptTokens = 400, OutputAsked = 500, Choices = 1, InputPerMillion = Usd.FromDollars(1), OutputPerMillion = Usd.FromDollars(2) };

    public RoadBenchmarks()
    {
        var tier = new Tier
        {
            Id = "tier", Name = "tier", RequestsPerMinute = 10_000_000, TokensPerMinute = 2_000_000_000, Concurrency = 100,
            Quotas = [new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Month, Limit = long.MaxValue / 2 }, new Quota { Unit = QuotaUnit.Tokens, Period = QuotaPeriod.Day, Limit = long.MaxValue / 2 }],
        };
        var tenant = new Tenant { Id = "ten", Name = "tenant", TierId = tier.Id };
        var provider = new Provider { Id = "prv", Name = "provider", Kind = ProviderKind.Simulator };
        var snapshot = new ConfigurationSnapshot(1, new() { [tier.Id] = tier }, new() { [tenant.Id] = tenant }, [], new() { [provider.Id] = provider }, new() { [_model.Id] = _model });
        _caller = snapshot.CallerOf(tenant.Id)!;
    }

    [Benchmark]
    public KeyHash KeyCheck() => KeyFormat.TryParse(Key, out _) ? KeyHash.Of(Key) : default;

    [Benchmark]
    public bool CacheKey() => CacheIdentity.Of(_caller, _request, _model) is not null;

    /// <summary>Admitted within two windows and two budgets, released and settled; ten thousand times a second, so that the windows move on and never fill.</summary>
    [Benchmark]
    public async Task<Admission> Admission()
    {
        var (plan, second) = (LimitPlan.For(_caller), 1 + (_calls++ / 10_000));
        if (_book.Unknown(plan, Now, second, out _) is { } unknown)
        {
            foreach (var question in unknown) _book.Load(question, 0);
        }

        var admission = _book.Admit(plan, _demand, "req", Now, second)!;
        await admission.SettleAsync(new Consumption(1, 450, new Usd(1_000)));
        return admission;
    }
}
