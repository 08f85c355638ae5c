using System.Net;
using System.Security.Cryptography;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Authentication;

/// <summary>A configuration with one tenant, and requests that present credentials to it.</summary>
internal sealed class Requests
{
    public static readonly DateTimeOffset Now = new(2027, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private readonly Dictionary<string, ApiKey> _keys = [];
    private Tenant _tenant = new() { Id = "ten_acme", Name = "Acme", TierId = "tier_1" };

    public Requests(params IReadOnlyList<JwtIssuer> issuers) : this(0, issuers)
    {
    }

    public Requests(int failuresPerMinute, params IReadOnlyList<JwtIssuer> issuers)
    {
        Time = new FakeTimeProvider(Now);
        Store = new ConfigurationStore(null!, null!);
        Tokens = new ClientTokens(new Protection(), Time);
        Resolver = new CallerResolver(Store, new JwtCallers(issuers, Time), Tokens, new FailedCredentials(failuresPerMinute, Time), Time);
        Publish();
    }

    public FakeTimeProvider Time { get; }
    public ConfigurationStore Store { get; }
    public CallerResolver Resolver { get; }
    public ClientTokens Tokens { get; }

    /// <summary>Issues a key to the tenant, or an admin key; returns its text.</summary>
    public string Issue(ApiKeyKind kind = ApiKeyKind.Live, Func<ApiKey, ApiKey>? with = null)
    {
        var issued = IssuedKey.Create(kind, "key", kind == ApiKeyKind.Live ? _tenant.Id : null, Time);
        _keys[issued.Key.Id] = with is null ? issued.Key : with(issued.Key);
        Publish();
        return issued.Text;
    }

    /// <summary>The tenant gets another name.</summary>
    public void Rename(string name)
    {
        _tenant = _tenant with { Name = name };
        Publish();
    }

    public void Suspend(string? reason)
    {
        _tenant = _tenant with { Status = TenantStatus.Suspended, StatusReason = reason };
        Publish();
    }

    /// <summary>A request to an endpoint that client tokens open, or to one that they don't.</summary>
    public Task<Caller> ResolveAsync(string? authorization = null, string? apiKey = null, bool opensToTokens = true, string? from = null)
    {
        var context = new DefaultHttpContext();
        context.SetEndpoint(new Endpoint(null, opensToTokens ? new EndpointMetadataCollection(new OpenToClientTokens()) : EndpointMetadataCollection.Empty, "test"));
        if (authorization is not null) context.Request.Headers.Authorization = authorization;
        if (apiKey is not null) context.Request.Headers["x-api-key"] = apiKey;
        if (from is not null) context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        return Task.Run(async () => await Resolver.ResolveAsync(context, TestContext.Current.CancellationToken));
    }

    private void Publish() => Store.Publish(new ConfigurationSnapshot(
        Store.Current.Revision + 1, new() { ["tier_1"] = new Tier { Id = "tier_1", Name = "Default" } }, new() { [_tenant.Id] = _tenant }, new(_keys), [], [], []));

    private sealed class Protection : ISecretProtector
    {
        private readonly EphemeralDataProtectionProvider _provider = new();

        public string Protect(string purpose, string secret) => _provider.CreateProtector(purpose).Protect(secret);

        public string Unprotect(string purpose, string protectedSecret)
        {
            try
            {
                return _provider.CreateProtector(purpose).Unprotect(protectedSecret);
            }
            catch (CryptographicException e)
            {
                throw new SecretUnreadableException("", e);
            }
        }
    }
}
