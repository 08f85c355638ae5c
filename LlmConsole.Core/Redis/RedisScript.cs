using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace LlmConsole.Core.Redis;

/// <summary>A script that Redis runs in one step. It is asked for by its hash, which is known once; the package would hash the whole text for each call to find it.</summary>
internal sealed class RedisScript(string text)
{
    [SuppressMessage("Security", "CA5350", Justification = "Redis names scripts by their SHA-1.")]
    private readonly byte[] _hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));

    /// <summary>Runs it. A Redis that doesn't have it, such as one that was restarted, is given it.</summary>
    public async Task<RedisResult> RunAsync(IDatabase redis, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await redis.ScriptEvaluateAsync(_hash, keys, arguments);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await redis.ScriptEvaluateAsync(text, keys, arguments);
        }
    }
}
