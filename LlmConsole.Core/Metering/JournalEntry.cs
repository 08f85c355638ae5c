using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmConsole.Core.Metering;

/// <summary>A record as one line of the journal: the CRC-32 of its JSON in eight hexadecimal digits, a space, the JSON, a line feed.</summary>
internal static class JournalEntry
{
    private const int CrcLength = 8;
    private const int MaxKept = 1024 * 1024;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Lines, Utf8JsonWriter Json)? _buffer;

    /// <summary>The lines of these records, valid until this thread asks again.</summary>
    public static ReadOnlySpan<byte> Lines(ReadOnlySpan<UsageRecord> records)
    {
        var (lines, json) = _buffer ??= Buffer();
        lines.ResetWrittenCount();
        foreach (var record in records) Write(lines, json, record);
        if (lines.Capacity > MaxKept) _buffer = null;
        return lines.WrittenSpan;
    }

    /// <summary>The record, or none when the line is torn, damaged or foreign.</summary>
    public static UsageRecord? Read(ReadOnlySpan<byte> line)
    {
        if (line.Length <= CrcLength) return null;
        var json = line[(CrcLength + 1)..];
        Span<byte> head = stackalloc byte[CrcLength + 1];
        WriteHead(head, json);
        if (!line.StartsWith(head)) return null;
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

    private static (ArrayBufferWriter<byte> Lines, Utf8JsonWriter Json) Buffer()
    {
        var lines = new ArrayBufferWriter<byte>(1024);
        return (lines, new Utf8JsonWriter(lines, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    private static void Write(ArrayBufferWriter<byte> lines, Utf8JsonWriter json, UsageRecord record)
    {
        var start = lines.WrittenCount;
        _ = lines.GetSpan(CrcLength + 1);
        lines.Advance(CrcLength + 1);
        json.Reset();
        JournalRecord.Write(json, record);
        json.Flush();
        var line = MemoryMarshal.AsMemory(lines.WrittenMemory).Span[start..];
        WriteHead(line, line[(CrcLength + 1)..]);
        lines.GetSpan(1)[0] = (byte)'\n';
        lines.Advance(1);
    }

    private static void WriteHead(Span<byte> head, ReadOnlySpan<byte> json)
    {
        Crc32.HashToUInt32(json).TryFormat(head, out _, "x8", CultureInfo.InvariantCulture);
        head[CrcLength] = (byte)' ';
    }

    public static byte[] Json(UsageRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, JournalJson.Default.UsageRecord);
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, IgnoreReadOnlyProperties = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(UsageRecord))]
internal sealed partial class JournalJson : JsonSerializerContext;
