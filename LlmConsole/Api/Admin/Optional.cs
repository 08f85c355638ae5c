using System.Text.Json;
using System.Text.Json.Serialization;
using LlmConsole.Core;

namespace LlmConsole.Api.Admin;

// A field of a body that may be absent, which leaves things as they are, or null, which clears. No XML comment: the API's documentation would repeat it at each field.
[JsonConverter(typeof(OptionalConverter))]
internal readonly record struct Optional<T>(T? Value)
{
    public bool IsSent { get; private init; } = true;

    /// <summary>What was sent, else what is there.</summary>
    public T? Or(T? current) => IsSent ? Value : current;
}

internal sealed class OptionalConverter : JsonConverterFactory
{
    /// <summary>Where the exception keeps the rest of the path below the field, which the outer serializer doesn't know.</summary>
    public const string PathBelow = "path-below";

    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Of<T> : JsonConverter<Optional<T>>
    {
        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return new Optional<T>(JsonSerializer.Deserialize<T>(ref reader, options));
            }
            catch (JsonException e)
            {
                var below = (e.Path ?? "$")[1..] + e.Data[PathBelow];
                var isOurs = below.Length > 0 || e.Message.StartsWith(Expected.MustBe, StringComparison.Ordinal) || e.InnerException is JsonException || typeof(T) == typeof(Usd) || typeof(T) == typeof(Usd?);
                throw new JsonException(isOurs ? e.Message : $"{Expected.MustBe} {Expected.Of(typeof(T), options)}.", e.InnerException) { Data = { [PathBelow] = below } };
            }
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.Value, options);
    }
}

/// <summary>What a field takes, in words.</summary>
internal static class Expected
{
    public const string MustBe = "must be";

    public static string Of(Type type, JsonSerializerOptions options)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsEnum) return "one of " + string.Join(", ", Enum.GetValues(plain).Cast<object>().Select(value => JsonSerializer.SerializeToElement(value, plain, options).GetString()));
        if (plain == typeof(string)) return "text";
        if (plain == typeof(bool)) return "true or false";
        if (plain == typeof(int)) return "a whole number";
        if (plain == typeof(DateTimeOffset)) return "a time such as 2027-01-31T00:00:00Z";
        return typeof(System.Collections.IEnumerable).IsAssignableFrom(plain) ? "a list" : "an object";
    }
}
