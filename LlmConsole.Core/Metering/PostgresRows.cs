using System.Data.Common;
using System.Globalization;
using System.Text;

namespace LlmConsole.Core.Metering;

/// <summary>
/// Rows as parameters of one prepared statement of PostgreSQL, whatever their number: an array for each column of texts, and all numbers in one array or two, row after row,
/// in which a value is found by its place. An array is read in a few nanoseconds a value; rows as JSON took the server longer than to write them.
/// </summary>
internal sealed class PostgresRows : IRowValues
{
    /// <summary>A number that isn't there: an array with gaps isn't read by place but from its beginning. The least number of all would be read as one with more digits than a bigint has.</summary>
    private const long NoNumber = -long.MaxValue;
    private const double NoReal = double.NaN;

    private readonly List<int> _rows = [];
    private readonly List<long> _numbers = [];
    private readonly List<double> _reals = [];
    private readonly List<string?>[] _texts;
    private readonly bool _hasReals;
    private int _text;

    private PostgresRows(int texts, bool hasReals) => (_texts, _hasReals) = ([.. Enumerable.Range(0, texts).Select(_ => new List<string?>())], hasReals);

    /// <summary>Adds a statement to a batch, and gives what fills its parameters.</summary>
    /// <param name="sql">The statement; it is given what yields the rows for columns of these types.</param>
    public static PostgresRows Add(DbBatch batch, Func<Func<IEnumerable<string>, string>, string> sql)
    {
        var (texts, hasReals) = (0, false);
        var command = batch.CreateBatchCommand();
        command.CommandText = sql(columns =>
        {
            string[] types = [.. columns];
            (texts, hasReals) = (types.Count(IsText), types.Contains("double precision"));
            return Select(types, texts);
        });
        var rows = new PostgresRows(texts, hasReals);
        foreach (var values in rows.Parameters())
        {
            var parameter = command.CreateParameter();
            parameter.Value = values;
            command.Parameters.Add(parameter);
        }

        batch.BatchCommands.Add(command);
        return rows;
    }

    /// <summary>Sets what the statement is given next.</summary>
    public void Set<T>(IReadOnlyCollection<T> rows, Action<IRowValues, T> write)
    {
        Clear();
        foreach (var row in rows)
        {
            _rows.Add(_rows.Count);
            _text = 0;
            write(this, row);
        }
    }

    /// <summary>Lets go of what was written.</summary>
    public void Clear()
    {
        _rows.Clear();
        _numbers.Clear();
        _reals.Clear();
        foreach (var column in _texts) column.Clear();
    }

    public void Add(string? text) => _texts[_text++].Add(text is null ? null : WithoutHalfPairs(text));

    public void Add(long? number) => _numbers.Add(number ?? NoNumber);

    public void Add(double? number) => _reals.Add(number ?? NoReal);

    public void Add(bool flag) => _numbers.Add(flag ? 1 : 0);

    private IEnumerable<object> Parameters() => _hasReals ? [_rows, .. _texts, _numbers, _reals] : [_rows, .. _texts, _numbers];

    private static string Select(string[] types, int texts)
    {
        var (numbers, reals) = (types.Count(type => !IsText(type) && type != "double precision"), types.Count(type => type == "double precision"));
        var (text, number, real) = (0, 0, 0);
        var values = types.Select(type => type switch
        {
            "text" => Invariant($"t{text++}"),
            "double precision" => Invariant($"nullif((${texts + 3}::double precision[])[n * {reals} + {++real}], 'NaN')"),
            "boolean" => Invariant($"(${texts + 2}::bigint[])[n * {numbers} + {++number}] <> 0"),
            _ => Invariant($"CAST(nullif((${texts + 2}::bigint[])[n * {numbers} + {++number}], {NoNumber}) AS {type})"),
        });
        string[] arrays = ["$1::integer[]", .. Enumerable.Range(2, texts).Select(i => Invariant($"${i}::text[]"))];
        string[] names = ["n", .. Enumerable.Range(0, texts).Select(i => Invariant($"t{i}"))];
        return $"SELECT {string.Join(", ", values.ToArray())} FROM unnest({string.Join(", ", arrays)}) AS r({string.Join(", ", names)})";
    }

    private static bool IsText(string type) => type == "text";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Half a pair of UTF-16 is no text to PostgreSQL.</summary>
    private static string WithoutHalfPairs(string text) =>
        text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
