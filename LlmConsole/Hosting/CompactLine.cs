using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace LlmConsole.Hosting;

/// <summary>A log event as one line of compact JSON, with the names of Serilog.Formatting.Compact (<c>@t</c>, <c>@mt</c>, <c>@l</c>, <c>@x</c>, <c>@tr</c>, <c>@sp</c>), written as UTF-8 from the start.</summary>
internal sealed class CompactLine : IDisposable
{
    private readonly Utf8JsonWriter _json;
    private readonly IBufferWriter<byte> _to;
    private readonly JsonValueFormatter _values = new("$type");

    public CompactLine(IBufferWriter<byte> to) =>
        (_to, _json) = (to, new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }));

    /// <summary>A line whose properties the caller writes.</summary>
    public void Write<T>(T state, Action<Utf8JsonWriter, T> properties)
    {
        _json.WriteStartObject();
        properties(_json, state);
        End();
    }

    public void Write(LogEvent line)
    {
        _json.WriteStartObject();
        _json.WriteString("@t"u8, line.Timestamp.UtcDateTime);
        _json.WriteString("@mt"u8, line.MessageTemplate.Text);
        if (line.Level != LogEventLevel.Information) _json.WriteString("@l"u8, line.Level.ToString());
        if (line.Exception is { } exception) _json.WriteString("@x"u8, exception.ToString());
        if (line.TraceId is { } trace) _json.WriteString("@tr"u8, trace.ToHexString());
        if (line.SpanId is { } span) _json.WriteString("@sp"u8, span.ToHexString());
        foreach (var (name, value) in line.Properties)
        {
            _json.WritePropertyName(name.StartsWith('@') ? "@" + name : name);
            if (value is ScalarValue scalar) Write(scalar);
            else WriteRaw(value);
        }

        End();
    }

    public void Dispose() => _json.Dispose();

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _to.Write("\n"u8);
    }

    private void Write(ScalarValue scalar)
    {
        switch (scalar.Value)
        {
            case null: _json.WriteNullValue(); break;
            case string text: _json.WriteStringValue(text); break;
            case int number: _json.WriteNumberValue(number); break;
            case long number: _json.WriteNumberValue(number); break;
            case decimal number: _json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): _json.WriteNumberValue(number); break;
            case bool flag: _json.WriteBooleanValue(flag); break;
            case Enum name: _json.WriteStringValue(name.ToString()); break;
            default: WriteRaw(scalar); break;
        }
    }

    /// <summary>What is rare: lists, structures, dates.</summary>
    private void WriteRaw(LogEventPropertyValue value)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        _values.Format(value, text);
        _json.WriteRawValue(text.ToString(), skipInputValidation: true);
    }
}
