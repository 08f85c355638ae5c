using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmConsole.Core;

/// <summary>An amount of money in whole nano-dollars (1e-9 USD). Arithmetic is checked: an overflow is a bug that must not pass silently.</summary>
[JsonConverter(typeof(UsdJsonConverter))]
public readonly record struct Usd(long Nanos) : IComparable<Usd>
{
    public const long NanosPerDollar = 1_000_000_000;

    /// <summary>Of a nano-dollar, in dollars.</summary>
    public const int Decimals = 9;

    public static readonly Usd Zero;

    /// <summary>The exact amount, in dollars.</summary>
    public decimal Dollars => (decimal)Nanos / NanosPerDollar;

    /// <summary>From dollars; more than nine decimals, or an amount that doesn't fit, is an error.</summary>
    public static Usd FromDollars(decimal dollars)
    {
        var nanos = dollars * NanosPerDollar;
        if (nanos != decimal.Truncate(nanos)) throw new OverflowException("An amount of money has at most nine decimals.");
        return new Usd((long)nanos);
    }

    public static Usd operator +(Usd a, Usd b) => new(checked(a.Nanos + b.Nanos));

    public static Usd operator -(Usd a, Usd b) => new(checked(a.Nanos - b.Nanos));

    public static bool operator <(Usd a, Usd b) => a.Nanos < b.Nanos;

    public static bool operator >(Usd a, Usd b) => a.Nanos > b.Nanos;

    public static bool operator <=(Usd a, Usd b) => a.Nanos <= b.Nanos;

    public static bool operator >=(Usd a, Usd b) => a.Nanos >= b.Nanos;

    public int CompareTo(Usd other) => Nanos.CompareTo(other.Nanos);

    /// <summary>The exact plain decimal number, for APIs and exports: <c>0.000123</c>.</summary>
    public string ToInvariant()
    {
        Span<byte> number = stackalloc byte[ShortDecimal.MaxLength];
        return Encoding.ASCII.GetString(number[..ShortDecimal.Format(Nanos, Decimals, number)]);
    }

    /// <summary>For people: <c>$12.34</c>, below a cent <c>$0.000123</c>, never <c>$0.00</c> for something that cost.</summary>
    public override string ToString() => Math.Abs(Nanos) switch
    {
        0 => "$0.00",
        < NanosPerDollar / 100 => Dollars.ToString("$0.#########;-$0.#########", CultureInfo.InvariantCulture),
        _ => Dollars.ToString("$#,0.00;-$#,0.00", CultureInfo.InvariantCulture),
    };
}

/// <summary>In JSON an amount is a plain number of dollars.</summary>
internal sealed class UsdJsonConverter : JsonConverter<Usd>
{
    public override Usd Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDecimal(out var dollars)) throw new JsonException("An amount of money is a number of dollars.");
        try
        {
            return Usd.FromDollars(dollars);
        }
        catch (OverflowException)
        {
            throw new JsonException("An amount of money has at most nine decimals and is below nine billion dollars.");
        }
    }

    public override void Write(Utf8JsonWriter writer, Usd value, JsonSerializerOptions options)
    {
        Span<byte> number = stackalloc byte[ShortDecimal.MaxLength];
        writer.WriteRawValue(number[..ShortDecimal.Format(value.Nanos, Usd.Decimals, number)], skipInputValidation: true);
    }
}
