using System.Diagnostics;
using System.Globalization;
using LlmConsole.Core;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using LlmConsole.Core.Wire;

namespace LlmConsole.Bench;

/// <summary>Who calls, and what.</summary>
internal sealed record Callers(IReadOnlyList<(string Tenant, string Key)> Keys, IReadOnlyList<string> Models);

/// <summary>Books with many calls of the last 30 days in them, written by what writes them in the product: a few tenants make most of the calls, and each takes as long as calls do.</summary>
internal static class Seeding
{
    private const int Tenants = 40, KeysOfEach = 4, Models = 20, Users = 500;
    private static readonly TimeSpan Length = TimeSpan.FromDays(30);

    /// <summary>Seeded with so many calls within the last hour.</summary>
    public static bool IsFresh(string data, int calls) => File.Exists(Mark(data, calls)) && DateTime.UtcNow - File.GetLastWriteTimeUtc(Mark(data, calls)) < TimeSpan.FromHours(1);

    public static async Task<Callers> ConfigureAsync(HttpClient http)
    {
        var tier = await Gateway.PostAsync(http, "tiers", """{"name":"seeded","models":["*"],"quotas":[{"unit":"usd","period":"month","limit":1000000}]}""");
        var provider = await Gateway.PostAsync(http, "providers", """{"name":"seeded","kind":"simulator"}""");
        var models = Enumerable.Range(1, Models).Select(i => $"model-{i}").ToList();
        foreach (var model in models) await Gateway.PostAsync(http, "models", $$$"""{"name":"{{{model}}}","targets":[{"provider":"{{{provider["id"]}}}","model":"echo"}],"prices":{"inputPerMillion":1,"outputPerMillion":2}}""");
        var keys = new List<(string, string)>();
        for (var i = 1; i <= Tenants; i++)
        {
            var tenant = await Gateway.PostAsync(http, "tenants", $$"""{"name":"tenant {{i}}","tier":"{{tier["id"]}}"}""");
            for (var j = 1; j <= KeysOfEach; j++) keys.Add(((string)tenant["id"]!, (string)(await Gateway.PostAsync(http, "keys", $$"""{"tenant":"{{tenant["id"]}}","name":"key {{j}}"}"""))["id"]!));
        }

        return new Callers(keys, models);
    }

    /// <param name="batch">Calls of one transaction.</param>
    public static async Task SeedAsync(StorageOptions storage, Callers callers, int calls, int batch = 5_000)
    {
        var watch = Stopwatch.StartNew();
        await using var services = new ServiceCollection().AddStorage(storage).BuildServiceProvider();
        await using var writer = new UsageWriter(services.GetRequiredService<DatabaseConnections>());
        var (random, begin) = (new Random(1), DateTimeOffset.UtcNow - Length);
        for (var done = 0; done < calls; done += batch)
        {
            await writer.WriteAsync([.. Enumerable.Range(done, Math.Min(batch, calls - done)).Select(i => Record(random, callers, i, begin + (Length * ((double)i / calls))))], default);
        }

        await File.WriteAllTextAsync(Mark(storage.DataDirectory, calls), "");
        Console.Error.WriteLine($"{calls} calls in {watch.Elapsed.TotalSeconds:0} s.");
    }

    private static string Mark(string data, int calls) => Path.Combine(data, $"seeded-{calls.ToString(CultureInfo.InvariantCulture)}");

    private static UsageRecord Record(Random random, Callers callers, int number, DateTimeOffset at)
    {
        var (tenant, key) = callers.Keys[Skewed(random, callers.Keys.Count)];
        var model = callers.Models[Skewed(random, callers.Models.Count)];
        var (chance, cached) = (random.Next(100), random.Next(10) == 0);
        var outcome = chance switch { < 2 => Outcome.Refused, < 4 => Outcome.Failed, 4 => Outcome.Abandoned, _ => Outcome.Answered };
        var (input, output) = outcome is Outcome.Answered && !cached ? (random.Next(50, 4_000), random.Next(10, 1_000)) : (0, 0);
        var first = outcome is Outcome.Answered ? cached ? 2 : 150 * Math.Exp(random.NextDouble() * 2) : (double?)null;
        return new UsageRecord
        {
            RequestId = $"req_{number:D26}", StartedAt = at, TenantId = tenant, KeyId = key, UserId = random.Next(2) == 0 ? null : $"usr_{Skewed(random, Users)}", Task = random.Next(4) is > 0 and var task ? $"task {task}" : null,
            ModelAsked = model, ModelServed = outcome is Outcome.Refused or Outcome.Failed ? null : model, ProviderId = "prv_seeded", ProviderModel = "echo", Attempts = outcome is Outcome.Refused || cached ? 0 : 1,
            Cache = cached ? CacheVerdict.Exact : CacheVerdict.Miss, Outcome = outcome, Status = outcome switch { Outcome.Refused => 429, Outcome.Failed => 502, Outcome.Abandoned => 499, _ => 200 },
            InputTokens = input, OutputTokens = output, UsageSource = UsageSource.Provider, PriceVersion = 1, Cost = new Usd((input * 1_000L) + (output * 2_000L)), SavedCost = cached ? new Usd(1_000_000) : Usd.Zero,
            FirstTokenMs = first, DurationMs = (first ?? 5) + (output * 8 * random.NextDouble()),
        };
    }

    /// <summary>Small numbers far more often than large ones.</summary>
    private static int Skewed(Random random, int count) => (int)(count * Math.Pow(random.NextDouble(), 2.5));
}
