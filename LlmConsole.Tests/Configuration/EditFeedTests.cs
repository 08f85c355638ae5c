using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Configuration;

/// <summary>An instance reads what others changed, and not everything there is; and yet holds what there is.</summary>
public sealed class EditFeedTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly Tier Small = new() { Id = "tier_1", Name = "Small" };
    private static readonly Tenant Ada = new() { Id = "ten_1", Name = "Ada", TierId = Small.Id };

    /// <summary>On one instance or the other, which often doesn't hear of it. What can't be is refused and changes nothing.</summary>
    private static readonly Gen<Step[]> Lives = Gen.Frequency(
        (20, from what in Gen.Elements(Enum.GetValues<Kind>())
             from n in Gen.Choose(1, 4)
             from value in Gen.Choose(0, 1_000)
             from delete in Gen.Frequency((3, Gen.Constant(false)), (2, Gen.Constant(true)))
             from onOther in Gen.Elements(false, true)
             from heard in Gen.Elements(false, false, true)
             select new Step(what, n, value, delete, onOther, heard)),
        (1, Gen.Constant(new Step(Kind.ByAnOlderVersion, 0, 0, false, false, false)))).ArrayOf(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private enum Kind
    {
        Tier,
        Tenant,
        Key,
        Provider,
        Model,
        UserLimit,
        CacheGeneration,
        Webhook,
        AlertRule,
        ByAnOlderVersion,
    }

    [Fact]
    public void Reload_AfterAnyEditsOnTwoInstances_HoldsWhatTheDatabaseHolds() =>
        Prop.ForAll(Lives.ToArbitrary(), life => LiveAsync(life, null).GetAwaiter().GetResult()).Holds(6);

    [Fact]
    public async Task Reload_AfterAnyEditsOnPostgres_HoldsWhatTheDatabaseHolds()
    {
        foreach (var life in Lives.Some(30, 1)) await LiveAsync(life, postgres);
    }

    /// <summary>Everything is read once, not again at every look, and can be edited.</summary>
    [Fact]
    public async Task Reload_OnceTheDatabaseWasReplacedByAnOlderOne_HoldsWhatThatHolds()
    {
        await using var instances = await TwoInstances.StartAsync();
        await instances.SaveAsync(instances.One, Change.Put(Small), Change.Put(Ada));
        var revision = instances.One.Current.Revision;
        await instances.SaveAsync(instances.One, Change.Put(Ada with { Name = "Later" }));
        await instances.SaveAsync(instances.One, Change.Put(Ada with { Id = "ten_2", Name = "Eve" }));
        await instances.ExecuteAsync($"DELETE FROM tenants WHERE id = 'ten_2'; UPDATE tenants SET name = 'Ada'; DELETE FROM configuration_edits WHERE revision > {revision}; UPDATE configuration_revision SET value = {revision}");
        var published = new List<long>();
        instances.One.Changed += snapshot => published.Add(snapshot.Revision);

        for (var i = 0; i < 3; i++) await instances.One.ReloadAsync(Cancel);

        published.ShouldBe([revision]);
        await instances.ShouldHoldWhatThereIsAsync(instances.One);
        await instances.SaveAsync(instances.One, Change.Put(Ada with { Name = "Anew" }));
        await instances.ShouldHoldWhatThereIsAsync(instances.One);
    }

    [Fact]
    public async Task Reload_AfterEditsOfAFewAmongMany_ReadsThoseAlone()
    {
        await using var instances = await TwoInstances.StartAsync();
        await instances.SaveAsync(instances.One, [Change.Put(Small), Change.Put(Ada), .. Enumerable.Range(0, 500).Select(i => Change.Put(Key($"key_{i}")))]);
        await instances.Other.ReloadAsync(Cancel);
        await instances.SaveAsync(instances.One, Change.Put(Key("key_7") with { Name = "renamed" }));
        await instances.SaveAsync(instances.One, Change.Delete(Key("key_8")), Change.Put(Key("key_500")));
        var before = instances.Read;

        await instances.Other.ReloadAsync(Cancel);

        (instances.Read - before).ShouldBe(2);
        instances.Other.Current.Keys.Count.ShouldBe(500);
        await instances.ShouldHoldWhatThereIsAsync(instances.Other);
    }

    [Fact]
    public async Task Reload_OfARevisionThatWasMadeAnewAfterARestore_ReadsEverything()
    {
        await using var instances = await TwoInstances.StartAsync();
        await instances.SaveAsync(instances.One, Change.Put(Small), Change.Put(Ada));
        await instances.Other.ReloadAsync(Cancel);
        await instances.ExecuteAsync("UPDATE configuration_edits SET id = 'edt_another'; UPDATE tenants SET name = 'Grace'");
        await instances.SaveAsync(instances.One, Change.Put(Small with { Concurrency = 1 }));

        await instances.Other.ReloadAsync(Cancel);

        instances.Other.Current.Tenants[Ada.Id].Name.ShouldBe("Grace");
    }

    [Fact]
    public async Task Reload_AfterMoreThanIsNamed_ReadsEverything()
    {
        await using var instances = await TwoInstances.StartAsync();
        await instances.SaveAsync(instances.One, [Change.Put(Small), Change.Put(Ada), .. Enumerable.Range(0, EditFeed.MostObjects).Select(i => Change.Put(Key($"key_{i}")))]);
        await instances.Other.ReloadAsync(Cancel);
        await instances.SaveAsync(instances.One, Change.Put(Key("key_1") with { Name = "renamed" }));

        await instances.Other.ReloadAsync(Cancel);

        await instances.ShouldHoldWhatThereIsAsync(instances.Other);
    }

    [Fact]
    public async Task Save_MoreOftenThanIsKept_ForgetsTheOldest_AndWhoWasAwayReadsEverything()
    {
        await using var instances = await TwoInstances.StartAsync();
        await instances.SaveAsync(instances.One, Change.Put(Small));
        await instances.Other.ReloadAsync(Cancel);
        await instances.ExecuteAsync($"UPDATE configuration_revision SET value = {EditFeed.Kept + 1}");
        await instances.One.ReloadAsync(Cancel);
        await instances.SaveAsync(instances.One, Change.Put(Small with { Concurrency = 1 }));

        await instances.Other.ReloadAsync(Cancel);

        await instances.ShouldHoldWhatThereIsAsync(instances.Other);
        (await instances.EditsAsync()).ShouldBe([EditFeed.Kept + 2L]);
    }

    [Fact]
    public async Task Remove_ATenantWithLimitsOfItsUsers_TakesThemAlongHereAndThere()
    {
        await using var instances = await TwoInstances.StartAsync();
        await instances.SaveAsync(instances.One, Change.Put(Small), Change.Put(Ada), Change.Put(new UserLimit { Id = "lim_1", TenantId = Ada.Id, UserId = "usr" }));
        await instances.Other.ReloadAsync(Cancel);

        await instances.SaveAsync(instances.One, snapshot => snapshot.ToRemove(Ada));
        await instances.Other.ReloadAsync(Cancel);

        instances.One.Current.UserLimits.ShouldBeEmpty();
        instances.Other.Current.FindUserLimit(Ada.Id, "usr").ShouldBeNull();
    }

    private static async Task LiveAsync(Step[] life, SharedPostgres? postgres)
    {
        await using var instances = await TwoInstances.StartAsync(postgres);
        foreach (var step in life)
        {
            var (here, there) = step.OnOther ? (instances.Other, instances.One) : (instances.One, instances.Other);
            if (step.Kind == Kind.ByAnOlderVersion) await instances.ExecuteAsync("UPDATE configuration_revision SET value = value + 1; UPDATE tiers SET concurrency = 99");
            else await TryAsync(instances, here, step);
            if (!step.Heard) continue;
            await there.ReloadAsync(Cancel);
            await instances.ShouldHoldWhatThereIsAsync(there);
        }

        foreach (var store in (ConfigurationStore[])[instances.One, instances.Other])
        {
            await store.ReloadAsync(Cancel);
            await instances.ShouldHoldWhatThereIsAsync(store);
        }
    }

    private static async Task TryAsync(TwoInstances instances, ConfigurationStore store, Step step)
    {
        try
        {
            await instances.SaveAsync(store, snapshot => step.Delete ? [.. Existing(snapshot, step).SelectMany(snapshot.ToRemove)] : [Change.Put(Item(step))]);
        }
        catch (ConfigurationInvalidException)
        {
            // Somebody uses what was to go, or lacks what it needs.
        }
    }

    private static IEnumerable<IConfigured> Existing(ConfigurationSnapshot snapshot, Step step)
    {
        var id = Item(step).Id;
        return new[] { snapshot.Tiers.Values, (IEnumerable<IConfigured>)snapshot.Tenants.Values, snapshot.Keys.Values, snapshot.Providers.Values, snapshot.Models.Values, snapshot.UserLimits.Values, snapshot.CacheGenerations.Values, snapshot.Webhooks.Values, snapshot.AlertRules.Values }
            .SelectMany(items => items).Where(item => item.Id == id);
    }

    private static IConfigured Item(Step step)
    {
        var (n, value) = (step.N, step.Value);
        return step.Kind switch
        {
            Kind.Tier => new Tier { Id = $"tier_{n}", Name = $"Tier {n}", Concurrency = value + 1 },
            Kind.Tenant => new Tenant { Id = $"ten_{n}", Name = $"Tenant {value}", TierId = $"tier_{n}" },
            Kind.Key => Key($"key_{n}") with { TenantId = $"ten_{1 + (n % 2)}", Name = $"{value}", RevokedAt = value % 2 == 0 ? DateTimeOffset.UnixEpoch : null, Hash = KeyHash.Of($"{n} {value % 3}") },
            Kind.Provider => new Provider { Id = $"prv_{n}", Name = $"{value}-{n}", Kind = ProviderKind.Simulator },
            Kind.Model => new Model { Id = $"mod_{n}", Name = $"model-{n}-{value % 3}", Targets = [new ModelTarget($"prv_{n}", $"{value}")] },
            Kind.UserLimit => new UserLimit { Id = $"lim_{n}", TenantId = $"ten_{n}", UserId = $"{value % 3}" },
            Kind.CacheGeneration => new CacheGeneration { Id = $"tenant:{n}", Name = $"{n}", Value = $"{value}", PurgedAt = DateTimeOffset.UnixEpoch },
            Kind.Webhook => new WebhookEndpoint { Id = $"whk_{n}", TenantId = $"ten_{n}", Url = new Uri($"https://example.com/{value}"), Events = ["job.*"], ProtectedSecret = "x" },
            _ => new AlertRule { Id = $"rule_{n}", Name = $"Rule {n}", Kind = AlertKind.Budget, TenantId = $"ten_{n}", Threshold = 1 + (value % 100) },
        };
    }

    private static ApiKey Key(string id) => new() { Id = id, Name = id, Kind = ApiKeyKind.Live, TenantId = Ada.Id, Hash = KeyHash.Of(id), LastFour = "abcd" };

    private sealed record Step(Kind Kind, int N, int Value, bool Delete, bool OnOther, bool Heard);
}
