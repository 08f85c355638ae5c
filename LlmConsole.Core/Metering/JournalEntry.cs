using System.Globalization;
using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmConsole.Core.Metering;

/// <summary>A record as one line of the journal: the CRC-32 of its JSON in eight hexadecimal digits, a space, the JSON, a line feed.</summary>
internal static class JournalEntry
{
    private const int CrcLength = 8;

    public static void Write(Stream to, UsageRecord record)
    {
        var json = Json(record);
        Span<byte> crc = stackalloc byte[CrcLength];
        Crc32.HashToUInt32(json).TryFormat(crc, out _, "x8", CultureInfo.InvariantCulture);
        to.Write(crc);
        to.WriteByte((byte)' ');
        to.Write(json);
        to.WriteByte((byte)'\n');
    }

    /// <summary>The record, or none when the line is torn, damaged or foreign.</summary>
    public static UsageRecord? Read(ReadOnlySpan<byte> line)
    {
        if (line.Length <= CrcLength || !uint.TryParse(line[..CrcLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc)) return null;
        var json = line[(CrcLength + 1)..];
        if (Crc32.HashToUInt32(json) != crc) return null;
        try
        {
            return JsonSerializer.Deserialize(json, JournalJson.Default.UsageRecord);
        }
        catch (JsonException)
        {
            // Whole, but not from a version that this one understands.
            return null;
        }
    }

    public static byte[] Json(UsageRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, JournalJson.Default.UsageRecord);
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, IgnoreReadOnlyProperties = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(UsageRecord))]
internal sealed partial class JournalJson : JsonSerializerContext;
