using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Authentication;

/// <summary>A configuration with one tenant, and requests that present credentials to it.</summary>
internal sealed class Requests
{
    public static readonly DateTimeOffset Now = new(2027, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private readonly Dictionary<string, ApiKey> _keys = [];
    private Tenant _tenant = new() { Id = "ten_acme", Name = "Acme", TierId = "tier_1" };

    public Requests(params IReadOnlyList<JwtIssuer> issuers)
    {
        Time = new FakeTimeProvider(Now);
        Store = new ConfigurationStore(null!);
        Resolver = new CallerResolver(Store, new JwtCallers(issuers, Time), Time);
        Publish();
    }

    public FakeTimeProvider Time { get; }
    public ConfigurationStore Store { get; }
    public CallerResolver Resolver { get; }

    /// <summary>Issues a key to the tenant, or an admin key; returns its text.</summary>
    public string Issue(ApiKeyKind kind = ApiKeyKind.Live, Func<ApiKey, ApiKey>? with = null)
    {
        var issued = IssuedKey.Create(kind, "key", kind == ApiKeyKind.Live ? _tenant.Id : null, Time);
        _keys[issued.Key.Id] = with is null ? issued.Key : with(issued.Key);
        Publish();
        return issued.Text;
    }

    public void Suspend(string? reason)
    {
        _tenant = _tenant with { Status = TenantStatus.Suspended, StatusReason = reason };
        Publish();
    }

    public Task<Caller> ResolveAsync(string? authorization = null, string? apiKey = null)
    {
        var context = new DefaultHttpContext();
        if (authorization is not null) context.Request.Headers.Authorization = authorization;
        if (apiKey is not null) context.Request.Headers["x-api-key"] = apiKey;
        return Task.Run(async () => await Resolver.ResolveAsync(context, TestContext.Current.CancellationToken));
    }

    private void Publish() => Store.Publish(new ConfigurationSnapshot(
        Store.Current.Revision + 1, new() { ["tier_1"] = new Tier { Id = "tier_1", Name = "Default" } }, new() { [_tenant.Id] = _tenant }, new(_keys), [], [], []));
}
