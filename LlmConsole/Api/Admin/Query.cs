using System.Globalization;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Admin;

/// <summary>The query string of a list, read strictly: a mistyped filter must not quietly return everything.</summary>
internal sealed class Query
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 200;
    private readonly IQueryCollection _values;

    public Query(HttpRequest request, params ReadOnlySpan<string> filters) : this(request, DefaultLimit, MaxLimit, filters)
    {
    }

    /// <summary>For a list whose pages have another size.</summary>
    public Query(HttpRequest request, int defaultLimit, int maxLimit, params ReadOnlySpan<string> filters)
    {
        _values = request.Query;
        foreach (var (name, values) in _values)
        {
            if (name is not ("limit" or "after") && !filters.Contains(name)) throw Invalid(name, $"There is no filter {name} here. Leave it out, or check its spelling.");
            if (values.Count != 1) throw Invalid(name, $"{name} stands more than once. Send it once.");
        }

        Limit = Read("limit", text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= maxLimit ? limit : (int?)null, $"a number between 1 and {maxLimit}") ?? defaultLimit;
    }

    public int Limit { get; }

    /// <summary>The <c>next</c> of the page before.</summary>
    public string? After => Text("after");

    public string? Text(string name)
    {
        if (!_values.TryGetValue(name, out var value) || value.ToString() is not { Length: > 0 } text) return null;
        return text.Contains('\0', StringComparison.Ordinal) ? throw Invalid(name, $"{name} holds a NUL character, which nothing here has.") : text;
    }

    public DateTimeOffset? Time(string name) => Read(
        name,
        text => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : (DateTimeOffset?)null,
        "a time such as 2027-01-31T00:00:00Z or a date such as 2027-01-31");

    public T? Choice<T>(string name) where T : struct, Enum => Read(
        name,
        text => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(text, ignoreCase: true) : (T?)null,
        Expected.Of(typeof(T), AdminJson.Options));

    public T? Read<T>(string name, Func<string, T?> parse, string expected) where T : struct =>
        Text(name) is not { } text ? null : parse(text) ?? throw Invalid(name, $"{name} must be {expected}.");

    private static RefusalException Invalid(string name, string message) => new(ErrorCode.InvalidValue, message, name);
}
