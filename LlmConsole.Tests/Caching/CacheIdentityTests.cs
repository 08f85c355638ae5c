using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching;

/// <summary>Equal requests have equal keys, different ones different keys, and nothing crosses a scope.</summary>
public sealed class CacheIdentityTests
{
    private const string Hello = """{"model":"m","messages":[{"role":"user","content":"hi"}]}""";

    /// <summary>Bodies that a few changed bytes lead from one to the other, or to the same in other words.</summary>
    private static readonly string[] Seeds =
    [
        Hello, """{"messages":[{"content":"hi","role":"user"}], "model":"m"}""", """{"model":"m","messages":[{"role":"user","content":"hi"}],"seed":10,"stop":["a","b"]}""",
        """{"model":"m","messages":[{"role":"user","content":"hi"}],"stop":["\u0061","b"],"seed":1e1,"stream":true}""", """{"model":"m","messages":[{"role":"user","content":"hi","name":"n"}],"top_p":0.1,"user":"u"}""",
    ];

    private static readonly Model Model = new() { Id = "mod_1", Name = "m", Targets = [new ModelTarget("prv_1", "m1")] };
    private static readonly Provider Provider = new() { Id = "prv_1", Name = "p", Kind = ProviderKind.OpenAICompatible, BaseUrl = new Uri("http://127.0.0.1:1/v1") };
    private static readonly ConfigurationSnapshot Snapshot = SnapshotOf(Provider, Model);

    private static readonly Arbitrary<(JsonValue, int)> Values = (from value in JsonValue.Fields(4) from seed in Gen.Choose(0, int.MaxValue - 1) select (value, seed)).ToArbitrary();

    [Fact]
    public void Of_AnySpelling_IsTheSame() => Prop.ForAll(Values, pair =>
        KeyOf(Body(pair.Item1, new Random(pair.Item2))).ShouldBe(KeyOf(Body(pair.Item1, new Random(pair.Item2 + 1))))).Holds(500);

    [Fact]
    public void Of_AnythingElse_IsDifferent() => Prop.ForAll(Values, pair =>
        KeyOf(Body(pair.Item1, new Random(pair.Item2))).ShouldNotBe(KeyOf(Body(pair.Item1.Altered(new Random(pair.Item2)), new Random(pair.Item2))))).Holds(500);

    /// <summary>Whether two bodies ask for the same is judged by the JSON library's own comparison.</summary>
    [Fact]
    public void Of_DamagedBody_IsTheSameOnlyIfItSaysTheSame() => Prop.ForAll(Mutations.Of(Seeds), Gen.Elements(Seeds).ToArbitrary(), (damaged, seed) =>
    {
        if (TryOf(damaged) is not { } key) return;
        (key == KeyOf(seed)).ShouldBe(SaysTheSame(damaged, Encoding.UTF8.GetBytes(seed)));
    }).Holds(5_000);

    [Theory]
    [InlineData("\"stream\":true")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":true}")]
    [InlineData("\"user\":\"someone\"")]
    [InlineData("\"metadata\":{\"task\":\"t\"}")]
    [InlineData("\"safety_identifier\":\"x\",\"prompt_cache_key\":\"y\"")]
    public void Of_FieldsThatChangeNoAnswer_IsTheSame(string fields) => KeyOf(With(fields)).ShouldBe(KeyOf(Hello));

    [Theory]
    [InlineData("\"temperature\":0.5")]
    [InlineData("\"n\":1")]
    [InlineData("\"seed\":0")]
    [InlineData("\"max_tokens\":10")]
    [InlineData("\"tools\":[]")]
    [InlineData("\"response_format\":{\"type\":\"text\"}")]
    [InlineData("\"x\":{\"stream\":true}")]
    [InlineData("\"logit_bias\":{\"1\":1}")]
    [InlineData("\"service_tier\":\"flex\"")]
    public void Of_FieldsThatMayChangeTheAnswer_IsDifferent(string fields) => KeyOf(With(fields)).ShouldNotBe(KeyOf(Hello));

    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("1", "1e0", true)]
    [InlineData("100", "1E2", true)]
    [InlineData("0.1", "1e-1", true)]
    [InlineData("-0", "0", true)]
    [InlineData("0.0", "0e5", true)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("1", "-1", false)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("0.1", "0.10000000000000001", false)]
    [InlineData("1e400", "1e401", false)]
    [InlineData("1e99999999999999999999", "1e99999999999999999999", true)]
    public void Of_Numbers_GoesByTheirValue(string one, string other, bool same) =>
        (KeyOf(With($"\"x\":{one}")) == KeyOf(With($"\"x\":{other}"))).ShouldBe(same);

    [Fact]
    public void Of_ValuesThatRunTogether_IsDifferent()
    {
        string[] bodies = [With("\"x\":[\"a\",\"b\"]"), With("\"x\":[\"ab\"]"), With("\"x\":[[\"a\"],\"b\"]"), With("\"x\":[1,2]"), With("\"x\":[12]"), With("\"x\":\"\\ud800\""), With("\"x\":\"\\\\ud800\""), With("\"x\":null"), With("\"x\":{}"), With("\"x\":[]"), With("\"x\":\"\"")];

        bodies.Select(body => KeyOf(body)).Distinct().Count().ShouldBe(bodies.Length);
    }

    [Fact]
    public void Of_Scopes_NeverMeet()
    {
        var tenant = Caller();
        var key = new ApiKey { Id = "id", Name = "k", Kind = ApiKeyKind.Live, Hash = default, LastFour = "", TenantId = "ten_1" };
        Caller[] callers =
        [
            tenant, Caller(tenantId: "ten_2"), Caller(CacheScope.Key) with { Key = key }, Caller(CacheScope.Key) with { Key = key with { Id = "id2" } },
            Caller(CacheScope.Key) with { UserId = "id" }, Caller(CacheScope.User) with { UserId = "idx" }, Caller(CacheScope.User, "ten_2") with { UserId = "idx" },
        ];

        callers.Select(caller => Of(caller, Hello)).Distinct().Count().ShouldBe(callers.Length);
        Of(Caller(CacheScope.User), With("\"user\":\"idx\"")).ShouldNotBe(Of(Caller(CacheScope.User) with { UserId = "idx" }, Hello));
        Of(Caller(CacheScope.User), Hello).ShouldBeNull();
        Of(tenant with { Key = key, UserId = "u" }, Hello).ShouldBe(Of(tenant, Hello));
    }

    [Fact]
    public void Of_AModelConfiguredAnew_IsDifferentWhereAnswersMayBe()
    {
        var key = Of(Caller(), Hello);

        Of(CallerOn(SnapshotOf(Provider with { BaseUrl = new Uri("http://127.0.0.1:2/v1") }, Model)), Hello).ShouldNotBe(key);
        Of(CallerOn(SnapshotOf(Provider, Model with { Targets = [new ModelTarget("prv_1", "m2")] })), Hello).ShouldNotBe(key);
        Of(CallerOn(SnapshotOf(Provider with { Name = "renamed" }, Model with { Timeouts = new ModelTimeouts { TotalSeconds = 5 } })), Hello).ShouldBe(key);
    }

    [Theory]
    [InlineData("all", true)]
    [InlineData("tenant:ten_1", true)]
    [InlineData("tenant:ten_2", false)]
    [InlineData("model:m", true)]
    [InlineData("model:n", false)]
    public void Of_AfterAPurge_IsDifferentWhereItApplies(string purged, bool differs)
    {
        var generation = new CacheGeneration { Id = purged, Name = "x", Value = "gen_1", PurgedAt = DateTimeOffset.UnixEpoch };
        var after = Snapshot.With([Change.Put(generation)]);

        (Of(CallerOn(after), Hello) != Of(Caller(), Hello)).ShouldBe(differs);
        if (differs) Of(CallerOn(after.With([Change.Put(generation with { Value = "gen_2" })])), Hello).ShouldNotBe(Of(CallerOn(after), Hello));
    }

    [Fact]
    public void Of_AHole_MattersNoMore()
    {
        var one = ChatRequest.Parse(Encoding.UTF8.GetBytes(Hello));
        var other = ChatRequest.Parse(Encoding.UTF8.GetBytes(Hello.Replace("hi", "something longer", StringComparison.Ordinal)));
        var system = ChatRequest.Parse("""{"model":"m","messages":[{"role":"system","content":"hi"},{"role":"user","content":"hi"}]}"""u8.ToArray());

        KeyWithHole(other).ShouldBe(KeyWithHole(one));
        KeyWithHole(system).ShouldNotBe(KeyWithHole(one));
        KeyWithHole(one).ShouldNotBe(CacheIdentity.Of(Caller(), one, Model));

        static CacheKey? KeyWithHole(ChatRequest request) => CacheIdentity.Of(Caller(), request, Model, LastMessage.Find(request)!.Value.Start);
    }

    [Theory]
    [InlineData("a much longer text", "a much lon")]
    [InlineData("\\u00e9\\n\\\"\\ud83d\\ude00 much longer", "é\n\"😀 much")]
    [InlineData("short", "short")]
    public void Find_LongText_IsCut(string content, string expected)
    {
        var request = ChatRequest.Parse(Encoding.UTF8.GetBytes(Hello.Replace("hi", content, StringComparison.Ordinal)));

        LastMessage.Find(request, 10)!.Value.Text.ShouldBe(expected);
    }

    private static string Body(JsonValue value, Random chance)
    {
        var text = new StringBuilder("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"x\":");
        value.Write(text, chance);
        return text.Append('}').ToString();
    }

    private static string With(string fields) => Hello[..^1] + "," + fields + "}";

    private static CacheKey? KeyOf(string body) => Of(Caller(), body);

    private static CacheKey? TryOf(byte[] body)
    {
        try
        {
            return ChatRequest.Parse(body) is { Model: "m" } request ? CacheIdentity.Of(Caller(), request, Model) : null;
        }
        catch (RefusalException)
        {
            return null;
        }
    }

    private static bool SaysTheSame(byte[] damaged, byte[] seed)
    {
        try
        {
            return JsonNode.DeepEquals(AsKeyed(damaged), AsKeyed(seed));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentOutOfRangeException)
        {
            // A text with half a character, or a number with an exponent of ten digits, can't be read as one: it is no seed's.
            return false;
        }
    }

    /// <summary>The body without what the key doesn't hold.</summary>
    private static JsonObject AsKeyed(byte[] body)
    {
        var fields = JsonNode.Parse(body)!.AsObject();
        foreach (var name in (string[])["stream", "stream_options", "user", "metadata", "safety_identifier", "prompt_cache_key"]) fields.Remove(name);
        return fields;
    }

    private static CacheKey? Of(Caller caller, string body) => CacheIdentity.Of(caller, ChatRequest.Parse(Encoding.UTF8.GetBytes(body)), caller.Snapshot.FindModel("m")!);

    private static Caller Caller(CacheScope scope = CacheScope.Tenant, string tenantId = "ten_1") => new()
    {
        Snapshot = Snapshot, Tenant = new Tenant { Id = tenantId, Name = "t", TierId = "tier_1" }, Tier = new Tier { Id = "tier_1", Name = "t", Cache = CachedModel.Exact with { Scope = scope } },
    };

    private static Caller CallerOn(ConfigurationSnapshot snapshot) => Caller() with { Snapshot = snapshot };

    private static ConfigurationSnapshot SnapshotOf(Provider provider, Model model) =>
        ConfigurationSnapshot.Empty.With([Change.Put(provider), Change.Put(model)]);
}
