using System.Data.Common;

namespace LlmConsole.Core.Storage;

/// <summary>Writes a row of a table without Entity Framework, in the forms that its model gives to instants, names of enums and JSON.</summary>
internal sealed class RowWriter(string table)
{
    private readonly List<(string Column, object? Value)> _values = [];

    public RowWriter Text(string column, string? text) => Add(column, text);

    public RowWriter Integer(string column, int? number) => Add(column, number);

    public RowWriter Number(string column, long number) => Add(column, number);

    public RowWriter Real(string column, double number) => Add(column, number);

    public RowWriter Flag(string column, bool flag) => Add(column, flag);

    public RowWriter Instant(string column, DateTimeOffset? at) => Add(column, at?.ToUnixTimeMilliseconds());

    public RowWriter Bytes(string column, byte[] bytes) => Add(column, bytes);

    public RowWriter Name(string column, Enum value) => Add(column, value.ToString());

    public RowWriter Json<T>(string column, T value) => Add(column, value is null ? null : JsonColumn.Write(value));

    public Task InsertAsync(DbConnection connection, CancellationToken cancellation) =>
        RunAsync(connection, $"INSERT INTO {table} ({string.Join(", ", _values.Select(value => $"\"{value.Column}\""))}) VALUES ({string.Join(", ", _values.Select((_, i) => $"@p{i}"))})", cancellation);

    /// <summary>Writes all columns of the row that has the first column's value.</summary>
    public Task UpdateAsync(DbConnection connection, CancellationToken cancellation) =>
        RunAsync(connection, $"UPDATE {table} SET {string.Join(", ", _values.Select((value, i) => $"\"{value.Column}\" = @p{i}"))} WHERE \"{_values[0].Column}\" = @p0", cancellation);

    private async Task RunAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < _values.Count; i++) command.Add($"p{i}", _values[i].Value);
        if (await command.ExecuteNonQueryAsync(cancellation) != 1) throw new InvalidOperationException($"The row {_values[0].Value} of {table} isn't there any more.");
    }

    private RowWriter Add(string column, object? value)
    {
        _values.Add((column, value));
        return this;
    }
}
