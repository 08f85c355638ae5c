using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Core.Caching;

/// <summary>What makes two calls the same for the cache: who shares answers, which model as it is configured, which purges were made, and what is asked.</summary>
internal static class CacheIdentity
{
    /// <summary>Changes with every change of what is hashed, or of how answers are kept.</summary>
    private const byte Version = 1;

    /// <summary>Bytes beside the request, for most calls.</summary>
    private const int Overhead = 1024;

    private static readonly ConditionalWeakTable<ConfigurationSnapshot, ConcurrentDictionary<string, byte[]>> Fingerprints = [];

    /// <summary>
    /// The key of a call; none when its scope has no identity, or when it came in Anthropic's shape: an answer in that shape, with its signatures, can't be
    /// made again from a completion.
    /// </summary>
    /// <param name="hole">Where in the body a value begins that shall not matter; none when negative.</param>
    public static CacheKey? Of(Caller caller, ChatRequest request, Model model, int hole = -1)
    {
        if (request.Native is not null || ScopeOf(caller, request) is not { } scope) return null;
        using var bytes = new PooledBytes(request.Body.Length + Overhead);
        bytes.Add(Version);
        bytes.Add((byte)request.Surface);
        Add(bytes, scope);
        Add(bytes, caller.Tenant.Id);
        Generations(bytes, caller, request.Model, model);
        Add(bytes, request.Model);
        bytes.Add(Fingerprint(caller.Snapshot, model));
        CanonicalRequest.Write(request.Body.Span, bytes, hole);
        Span<byte> digest = stackalloc byte[CacheKey.Length];
        SHA256.HashData(bytes.Span, digest);
        return CacheKey.From(digest);
    }

    /// <summary>Each kind of identity has a letter of its own, so that a key's id is never taken for a user's.</summary>
    private static string? ScopeOf(Caller caller, ChatRequest request) => caller.Cache.Scope switch
    {
        CacheScope.Tenant => "t",
        CacheScope.Key => caller.Key is { } key ? $"k{key.Id}" : caller.UserId is { } user ? $"u{user}" : null,
        CacheScope.User => caller.UserId is { } user ? $"u{user}" : request.User is { Length: > 0 } named ? $"n{named}" : null,
        _ => null,
    };

    /// <summary>Those of everything, of the tenant, of the model by its name, and of the pattern that serves it; where nothing was ever purged, four times nothing.</summary>
    private static void Generations(PooledBytes bytes, Caller caller, string asked, Model model)
    {
        var any = caller.Snapshot.CacheGenerations.Count > 0;
        Add(bytes, any ? Generation(caller.Snapshot, CacheGeneration.Everything) : "");
        Add(bytes, any ? Generation(caller.Snapshot, CacheGeneration.OfTenant(caller.Tenant.Id)) : "");
        Add(bytes, any ? Generation(caller.Snapshot, CacheGeneration.OfModel(asked)) : "");
        Add(bytes, any && model.IsPattern ? Generation(caller.Snapshot, CacheGeneration.OfModel(model.Name)) : "");
    }

    private static string Generation(ConfigurationSnapshot snapshot, string id) => snapshot.CacheGenerations.TryGetValue(id, out var generation) ? generation.Value : "";

    /// <summary>Where the model's answers come from. Prices, weights and time-outs are left out: they don't change an answer.</summary>
    private static byte[] Fingerprint(ConfigurationSnapshot snapshot, Model model) =>
        Fingerprints.GetOrCreateValue(snapshot).GetOrAdd(model.Id, static (_, state) => Fingerprint(state), (snapshot, model));

    private static byte[] Fingerprint((ConfigurationSnapshot Snapshot, Model Model) of)
    {
        using var bytes = new PooledBytes();
        Add(bytes, of.Model.Id);
        foreach (var target in of.Model.Targets)
        {
            var provider = of.Snapshot.Providers[target.ProviderId];
            Add(bytes, provider.Id);
            Add(bytes, provider.Kind.ToString());
            Add(bytes, provider.BaseUrl?.ToString() ?? "");
            Add(bytes, target.Model);
        }

        return SHA256.HashData(bytes.Span);
    }

    private static void Add(PooledBytes bytes, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var room = bytes.Room(sizeof(int) + length);
        BinaryPrimitives.WriteInt32LittleEndian(room, length);
        Encoding.UTF8.GetBytes(text, room[sizeof(int)..]);
        bytes.Advance(sizeof(int) + length);
    }
}
