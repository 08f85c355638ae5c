using System.Buffers;
using System.IO.Hashing;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LlmConsole.Core.Providers;

/// <summary>The simulator's embeddings: each word of a text pushes a few numbers of its vector, so that texts with the same words lie near each other.</summary>
internal static class SimulatedEmbeddings
{
    private const int DefaultDimensions = 256;
    private const int MaxDimensions = 4_096;

    public static byte[] To(JsonElement ask)
    {
        var input = ask.GetProperty("input");
        List<string> texts = input.ValueKind == JsonValueKind.Array && input[0].ValueKind != JsonValueKind.Number ? [.. input.EnumerateArray().Select(Text)] : [Text(input)];
        var dimensions = ask.TryGetProperty("dimensions", out var wanted) && wanted.ValueKind == JsonValueKind.Number ? Math.Clamp(wanted.GetInt32(), 1, MaxDimensions) : DefaultDimensions;
        var isBase64 = ask.TryGetProperty("encoding_format", out var format) && format.ValueKind == JsonValueKind.String && format.GetString() == "base64";
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) Write(json, ask.GetProperty("model").GetString()!, texts, dimensions, isBase64);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string model, List<string> texts, int dimensions, bool isBase64)
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        for (var i = 0; i < texts.Count; i++)
        {
            var vector = Vector(texts[i], dimensions);
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", i);
            if (isBase64) json.WriteBase64String("embedding", MemoryMarshal.AsBytes(vector.AsSpan()));
            else
            {
                json.WriteStartArray("embedding");
                foreach (var number in vector) json.WriteNumberValue(number);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model", model);
        var tokens = texts.Sum(text => (text.Length + 3) / 4);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens);
        json.WriteNumber("total_tokens", tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Tokens are taken for the words that they might be.</summary>
    private static string Text(JsonElement input) => input.ValueKind == JsonValueKind.String ? input.GetString()! : string.Join(' ', input.EnumerateArray().Select(token => token.GetInt32()));

    private static float[] Vector(string text, int dimensions)
    {
        const int PushesOfAWord = 4;
        var vector = new float[dimensions];
        vector[0] = 0.01f;
        foreach (var word in text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            for (var seed = 0; seed < PushesOfAWord; seed++)
            {
                var hash = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(word), seed);
                vector[hash % (ulong)dimensions] += (hash >> 63) == 0 ? 1 : -1;
            }
        }

        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        return vector;
    }
}
