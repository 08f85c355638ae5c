using LlmConsole.Core;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Journeys;

/// <summary>A gateway that has been in use for two days: tenants, keys, models, and calls with every ending. The same each time, seen from now.</summary>
internal static class SampleBooks
{
    public const string FastModel = "gpt-4o-mini";
    private const int Calls = 620;

    private static readonly string?[] Tasks = ["support", "summaries", "search", null];

    public static async Task FillAsync(RunningApp app, Uri provider)
    {
        await app.CreateTierAsync("Business", tier => tier with { RequestsPerMinute = 3_000, TokensPerMinute = 2_000_000, Concurrency = 200, MaxOutputTokens = 16_384, Quotas = [new Quota { Unit = QuotaUnit.Usd, Period = QuotaPeriod.Month, Limit = Usd.FromDollars(0.50m).Nanos }, new Quota { Unit = QuotaUnit.Tokens, Period = QuotaPeriod.Day, Limit = 2_000_000, TimeZone = "Europe/Berlin", Hard = false }] });
        var acme = await app.CreateTenantAsync("Acme", "Business");
        var globex = await app.CreateTenantAsync("Globex", "Business");
        var initech = await app.CreateTenantAsync("Initech");
        await app.PutAsync(initech with { Status = TenantStatus.Suspended, StatusReason = "The invoice of October is open" });
        var models = new[] { await PublishAsync(app, FastModel, "OpenAI", provider, 0.15m, 0.60m), await PublishAsync(app, "llama-3.3-70b-instruct", "GPU rack", provider, 0.20m, 0.20m) };
        var keys = new List<ApiKey>();
        foreach (var (name, tenant) in new[] { ("Help desk", acme), ("Nightly summaries", acme), ("Web shop", globex) })
            keys.Add(app.KeyOf(await app.IssueKeyAsync(tenant.Name, key => key with { Name = name })));
        await app.IssueKeyAsync(globex.Name, key => key with { Name = "Prototype", ExpiresAt = key.CreatedAt.AddDays(3), Quotas = [new Quota { Unit = QuotaUnit.Requests, Period = QuotaPeriod.Week, Limit = 500 }] });
        await app.IssueKeyAsync(globex.Name, key => key with { Name = "Old web shop", RevokedAt = key.CreatedAt });
        await app.PutAsync(IssuedKey.Create(ApiKeyKind.Admin, "Deployment", null, app.Services.GetRequiredService<TimeProvider>()).Key);
        await WriteAsync(app, keys, models);
        await LeaveAsync(app, [acme, globex], keys[1]);
    }

    /// <summary>Jobs that ended, that run elsewhere, and that wait.</summary>
    private static async Task LeaveAsync(RunningApp app, Tenant[] tenants, ApiKey key)
    {
        var contexts = app.Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>();
        var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        await SampleJobs.AddAsync(contexts, "job_sample_0", tenants[0].Id, JobState.Succeeded, now.AddDays(-1), 120, 120, with: job => job with { KeyId = key.Id, Task = "nightly summaries" });
        await SampleJobs.AddAsync(contexts, "job_sample_1", tenants[1].Id, JobState.Failed, now.AddHours(-7), 3, 0, 3, job => job with { Type = JobType.Pipeline, Pipeline = "extract", Task = "invoices" });
        await SampleJobs.AddAsync(contexts, "job_sample_2", tenants[0].Id, JobState.Running, now.AddMinutes(-4), 200, 57, 6, job => job with { KeyId = key.Id, Task = "ticket triage", SpendLimitNanos = 2_000_000_000 });
        await SampleJobs.AddAsync(contexts, "job_sample_3", tenants[1].Id, JobState.Queued, now.AddMinutes(-1), 40, with: job => job with { NotBefore = now.AddHours(5) });
        await SampleJobs.AddAsync(contexts, "job_sample_4", tenants[1].Id, JobState.Cancelled, now.AddMinutes(-50), 40, 12, with: job => job with { Task = "a run that was started by mistake" });
    }

    private static async Task<Model> PublishAsync(RunningApp app, string name, string providerName, Uri address, decimal input, decimal output)
    {
        var provider = await app.CreateProviderAsync(address, "sk-upstream-0123456789");
        await app.PutAsync(provider with { Name = providerName });
        var price = new ModelPrice { Version = 1, EffectiveFrom = DateTimeOffset.UnixEpoch, InputPerMillion = Usd.FromDollars(input), OutputPerMillion = Usd.FromDollars(output) };
        return await app.PutAsync(new Model { Id = $"mod_{providerName}", Name = name, Targets = [new ModelTarget(provider.Id, name)], Prices = [price], CreatedAt = DateTimeOffset.UnixEpoch });
    }

    private static async Task WriteAsync(RunningApp app, List<ApiKey> keys, Model[] models)
    {
        var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var chance = new Random(2);
        var records = Enumerable.Range(0, Calls).Select(age => Call(now.AddMinutes(-0.4 - (age * (4 + chance.NextDouble()))), keys[chance.Next(keys.Count)], models[chance.Next(4) / 3], chance)).OrderBy(call => call.StartedAt.AddMilliseconds(call.DurationMs));
        var ledger = app.Services.GetRequiredService<UsageLedger>();
        foreach (var batch in records.Chunk(200)) await Task.WhenAll(batch.Select(ledger.RecordAsync));
    }

    private static UsageRecord Call(DateTimeOffset at, ApiKey key, Model model, Random chance)
    {
        var outcome = chance.Next(100) switch { < 90 => Outcome.Answered, < 94 => Outcome.Refused, < 97 => Outcome.Failed, < 98 => Outcome.Incomplete, _ => Outcome.Abandoned };
        var wasAsked = outcome is not (Outcome.Refused or Outcome.Failed);
        var usage = wasAsked ? new TokenUsage(chance.Next(80, 6_000), chance.Next(3) == 0 ? chance.Next(2_000) : 0, chance.Next(20, 900), 0) : default;
        var retried = wasAsked && chance.Next(9) == 0;
        var (firstToken, start) = (180 + chance.Next(420), retried ? 460 : 2);
        var call = new UsageRecord
        {
            RequestId = $"req_{at.ToUnixTimeMilliseconds():x}{chance.Next(0x1000000):x6}", StartedAt = at, TenantId = key.TenantId!, KeyId = key.Id, Task = Tasks[chance.Next(Tasks.Length)],
            ModelAsked = model.Name, ModelServed = wasAsked ? model.Name : null, ProviderId = wasAsked ? model.Targets[0].ProviderId : null, ProviderModel = wasAsked ? model.Name : null,
            Attempts = outcome == Outcome.Refused ? 0 : retried ? 2 : 1, Stream = chance.Next(5) > 0, Cache = outcome == Outcome.Refused ? CacheVerdict.Bypass : CacheVerdict.Miss, Outcome = outcome,
            Status = outcome switch { Outcome.Refused => 429, Outcome.Failed => 502, _ => 200 },
            ErrorCode = outcome switch { Outcome.Refused => ErrorCode.RateLimitExceeded.Code, Outcome.Failed or Outcome.Incomplete => ErrorCode.UpstreamError.Code, _ => null },
            FinishReason = outcome == Outcome.Answered ? "stop" : null,
            InputTokens = usage.Input, CachedInputTokens = usage.CachedInput, OutputTokens = usage.Output, UsageSource = wasAsked ? UsageSource.Provider : UsageSource.None,
            PriceVersion = wasAsked ? 1 : null, Cost = Pricing.Cost(wasAsked ? model.Prices[0] : null, usage),
            FirstTokenMs = wasAsked ? start + firstToken : null, DurationMs = wasAsked ? start + firstToken + (usage.Output * 9) : chance.Next(1, 30),
        };
        if (outcome == Outcome.Answered && chance.Next(6) == 0) return FromTheCache(call, chance);
        return call with { AttemptLog = AttemptLog.Write([.. Attempts(call, model.Targets[0], start)]) };
    }

    private static IEnumerable<AttemptEntry> Attempts(UsageRecord call, ModelTarget target, int start)
    {
        if (call.Attempts == 2) yield return new AttemptEntry(target.ProviderId, target.Model, 2, 208, "429 rate_limited");
        if (call.Attempts > 0) yield return new AttemptEntry(target.ProviderId, target.Model, start, (int)call.DurationMs - start, call.ErrorCode, call.PromptTokens, call.OutputTokens);
    }

    private static UsageRecord FromTheCache(UsageRecord call, Random chance)
    {
        var isSame = chance.Next(3) > 0;
        return call with
        {
            Cache = isSame ? CacheVerdict.Exact : CacheVerdict.Semantic,
            CacheSimilarity = isSame ? null : 0.9 + (chance.Next(100) / 1_000.0),
            SavedCost = call.Cost,
            SavedTokens = call.PromptTokens + call.OutputTokens,
            Attempts = 0,
            ProviderId = null,
            ProviderModel = null,
            InputTokens = 0,
            CachedInputTokens = 0,
            OutputTokens = 0,
            UsageSource = UsageSource.None,
            PriceVersion = null,
            Cost = Usd.Zero,
            FirstTokenMs = 3,
            DurationMs = 5,
        };
    }
}
