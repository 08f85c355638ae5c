using System.Net.Sockets;
using LlmConsole.Api.Errors;
using LlmConsole.Core.Wire;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace LlmConsole.Tests.Api.Errors;

/// <summary>What a fault of the database means to whoever waits for it.</summary>
public sealed class RefusalsTests
{
    public static TheoryData<Exception, string> Faults => new()
    {
        { new DbUpdateException("SQLite says no.", new SqliteException("database or disk is full", 13)), "overloaded" },
        { new SqliteException("attempt to write a readonly database", 8), "overloaded" },
        { new InvalidOperationException("likely due to a transient failure", new NpgsqlException("no connection", new SocketException())), "overloaded" },
        { new PostgresException("the database system is shutting down", "FATAL", "FATAL", "57P01"), "overloaded" },
        { new DbUpdateException("SQLite says no.", new SqliteException("UNIQUE constraint failed", 19)), "internal_error" },
        { new PostgresException("invalid byte sequence", "ERROR", "ERROR", "22021"), "internal_error" },
        { new InvalidOperationException("a bug"), "internal_error" },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void Of_AFault_TellsABugFromADatabaseThatIsAway(Exception fault, string code)
    {
        var refusal = Refusals.Of(fault);

        refusal.Error.Code.ShouldBe(code);
        (refusal.RetryAfter is not null).ShouldBe(refusal.Error == ErrorCode.Overloaded);
    }
}
