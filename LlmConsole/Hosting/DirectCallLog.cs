using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Core;
using LlmConsole.Core.Chat;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;

namespace LlmConsole.Hosting;

/// <summary>
/// The line of a call straight into the output, as the log would write it, for where nothing else listens: what turns its values into an event, only for them to be turned into
/// text again, costs more than all else about the line. Levels hold as for any other line.
/// </summary>
internal sealed class DirectCallLog(BufferedOutput output, ILogger<ChatGateway> log, TimeProvider time) : ICallLog
{
    private static readonly JsonEncodedText Template = Encode(CallLog.Template);
    private static readonly JsonEncodedText Source = Encode(typeof(ChatGateway).FullName!);
    private static readonly JsonEncodedText[] Outcomes = Names<Outcome>();
    private static readonly JsonEncodedText[] Verdicts = Names<CacheVerdict>();

    public void Write(Caller caller, UsageRecord record)
    {
        if (log.IsEnabled(LogLevel.Information)) output.Emit((Now: time.GetUtcNow(), caller.Tenant.Name, Record: record), static (json, call) => Write(json, call.Now, call.Name, call.Record));
    }

    private static void Write(Utf8JsonWriter json, DateTimeOffset now, string tenant, UsageRecord record)
    {
        json.WriteString("@t"u8, now.UtcDateTime);
        json.WriteString("@mt"u8, Template);
        if (Activity.Current is { } span)
        {
            json.WriteString("@tr"u8, span.TraceId.ToHexString());
            json.WriteString("@sp"u8, span.SpanId.ToHexString());
        }

        json.WriteString("RequestId"u8, record.RequestId);
        json.WriteString("Tenant"u8, tenant);
        json.WriteString("KeyId"u8, record.KeyId);
        json.WriteString("Model"u8, record.ModelAsked);
        json.WriteString("ServedModel"u8, record.ModelServed);
        json.WriteString("ProviderId"u8, record.ProviderId);
        json.WriteString("Outcome"u8, Outcomes[(int)record.Outcome]);
        json.WriteNumber("Status"u8, record.Status);
        json.WriteString("ErrorCode"u8, record.ErrorCode);
        json.WriteNumber("InputTokens"u8, record.InputTokens);
        json.WriteNumber("OutputTokens"u8, record.OutputTokens);
        json.WriteNumber("CachedTokens"u8, record.CachedInputTokens);
        json.WriteNumber("ReasoningTokens"u8, record.ReasoningTokens);
        json.Write("CostUsd"u8, record.Cost.Nanos, Usd.Decimals);
        if (record.FirstTokenMs is { } first) json.Write("FirstTokenMs"u8, Micros(first), 3);
        else json.WriteNull("FirstTokenMs"u8);
        json.Write("DurationMs"u8, Micros(record.DurationMs), 3);
        json.WriteNumber("Attempts"u8, record.Attempts);
        json.WriteString("Cache"u8, Verdicts[(int)record.Cache]);
        json.WriteString("SourceContext"u8, Source);
    }

    private static long Micros(double milliseconds) => (long)Math.Round(milliseconds * 1000);

    private static JsonEncodedText Encode(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    private static JsonEncodedText[] Names<T>() where T : struct, Enum => [.. Enum.GetNames<T>().Select(Encode)];
}
