using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmConsole.Core.Metering.Live;

/// <summary>What instances tell each other.</summary>
/// <param name="Instance">Who says it.</param>
/// <param name="IsNew">The sender has just begun to listen: whoever hears it says everything that it has.</param>
internal sealed record LiveMessage(string Instance, bool IsNew, int UnderWay, IReadOnlyList<LiveSecond> Seconds)
{
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, LiveJson.Default.LiveMessage);

    /// <summary>The message, or none when it can't be understood: another version may speak differently.</summary>
    public static LiveMessage? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LiveJson.Default.LiveMessage) is { Instance: not null, Seconds: not null } message ? message : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(LiveMessage))]
internal sealed partial class LiveJson : JsonSerializerContext;
