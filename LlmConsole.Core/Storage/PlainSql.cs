using System.Data.Common;
using System.Globalization;

namespace LlmConsole.Core.Storage;

/// <summary>Statements without Entity Framework. What stands in braces is a parameter; text, whole numbers and bytes are the same on both databases.</summary>
public static class PlainSql
{
    /// <summary>Runs a statement on a connection of its own; returns how many rows it changed.</summary>
    public static async Task<int> ExecuteAsync(this DatabaseConnections connections, FormattableString sql, CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        return await connection.ExecuteAsync(sql, cancellation);
    }

    /// <summary>Whether a query finds a row, on a connection of its own.</summary>
    public static async Task<bool> AnyAsync(this DatabaseConnections connections, FormattableString sql, CancellationToken cancellation) => await connections.ValueAsync(sql, cancellation) is not null;

    /// <summary>The first value of the first row, on a connection of its own; none when there is none.</summary>
    public static async Task<object?> ValueAsync(this DatabaseConnections connections, FormattableString sql, CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        return await connection.ValueAsync(sql, cancellation);
    }

    /// <inheritdoc cref="ValueAsync(DatabaseConnections, FormattableString, CancellationToken)"/>
    public static async Task<object?> ValueAsync(this DbConnection connection, FormattableString sql, CancellationToken cancellation)
    {
        await using var command = connection.Command(sql);
        return await command.ExecuteScalarAsync(cancellation) is { } value and not DBNull ? value : null;
    }

    /// <summary>What each row says.</summary>
    public static async Task<List<T>> ListAsync<T>(this DbConnection connection, FormattableString sql, Func<DbDataReader, T> read, CancellationToken cancellation)
    {
        await using var command = connection.Command(sql);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var list = new List<T>();
        while (await rows.ReadAsync(cancellation)) list.Add(read(rows));
        return list;
    }

    /// <summary>Runs a statement; returns how many rows it changed.</summary>
    public static async Task<int> ExecuteAsync(this DbConnection connection, FormattableString sql, CancellationToken cancellation)
    {
        await using var command = connection.Command(sql);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Adds a parameter.</summary>
    public static void Add(this DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
        command.Parameters.Add(parameter);
    }

    /// <summary>A command; its user disposes it.</summary>
    public static DbCommand Command(this DbConnection connection, FormattableString sql)
    {
        var command = connection.CreateCommand();
        var names = new object[sql.ArgumentCount];
        for (var i = 0; i < names.Length; i++)
        {
            command.Add($"p{i}", sql.GetArgument(i));
            names[i] = $"@p{i}";
        }

        command.CommandText = string.Format(CultureInfo.InvariantCulture, sql.Format, names);
        return command;
    }
}
