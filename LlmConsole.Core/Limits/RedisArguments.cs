using System.Buffers;
using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;

namespace LlmConsole.Core.Limits;

/// <summary>What the scripts are told, in their order.</summary>
internal static class RedisArguments
{
    public static RedisValue[] Rejoin(
        RedisLimits limits, string born, string[] underWay, (Admission Call, RedisKey[] Scopes)[] calls, ((ScopeKind Kind, string Id) Scope, OwnSecond[] Seconds)[] minute, long second)
    {
        const int firstScope = 4;
        var arguments = new List<RedisValue> { limits.Now, Ids.NewRandom("life"), born, limits.Instance, (long)RedisLimits.Lease.TotalMilliseconds, underWay.Length };
        arguments.AddRange(underWay.Select(id => (RedisValue)id));
        arguments.Add(calls.Length);
        foreach (var (call, scopes) in calls) arguments.AddRange([call.RequestId, Json(call, scopes, second)]);
        arguments.Add(minute.Sum(scope => scope.Seconds.Length) * 2);
        for (var i = 0; i < minute.Length; i++)
        {
            foreach (var own in minute[i].Seconds)
            {
                arguments.AddRange([firstScope + i, "r", own.Age, own.UntoldRequests, own.Requests - own.UntoldRequests]);
                arguments.AddRange([firstScope + i, "t", own.Age, own.UntoldTokens, own.Tokens - own.UntoldTokens]);
            }
        }

        return [.. arguments];
    }

    /// <summary>The call as the script of an admission writes it.</summary>
    private static byte[] Json(Admission call, RedisKey[] scopes, long second)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("age"u8, Math.Max(0, second - call.Second));
            json.WriteString("at"u8, Text(call.At));
            json.WriteString("tokens"u8, Text(call.ReservedTokens));
            json.WriteStartArray("scopes"u8);
            for (var i = 0; i < scopes.Length; i++) Write(json, scopes[i], call.Scopes[i], call.Reservations);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, RedisKey key, (LimitScope Scope, ScopeBook Book) scope, Reservation[] reservations)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, key.ToString());
        json.WriteBoolean("counts"u8, scope.Scope.Limits.TokensPerMinute is not null);
        json.WriteStartArray("held"u8);
        foreach (var held in reservations.Where(held => scope.Book.Budgets.GetValueOrDefault(held.Key) == held.Budget))
        {
            json.WriteStartArray();
            json.WriteStringValue(held.Key.Name);
            json.WriteStringValue(Text(held.Start));
            json.WriteStringValue(Text(held.Amount));
            json.WriteStringValue(held.End is { } end ? Text(end) : "");
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Text(DateTimeOffset moment) => Text(moment.ToUnixTimeMilliseconds());

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
