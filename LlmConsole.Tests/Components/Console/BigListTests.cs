using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Bunit;
using LlmConsole.Components.Console.Requests;
using LlmConsole.Core.Metering;
using LlmConsole.Core.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Components.Console;

/// <summary>A page of a big list costs what a page of a small one does: a few queries, none for each row, and none that walks over the rows before it.</summary>
public sealed class BigListTests : ConsoleContext, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const int Calls = 10_000;

    private readonly ConcurrentQueue<string> _commands = [];
    private readonly List<IDisposable> _subscriptions = [];
    private string? _database;

    private IDbContextFactory<LlmConsoleDbContext> Contexts => Services.GetRequiredService<IDbContextFactory<LlmConsoleDbContext>>();

    [Fact]
    public async Task Requests_OfTenThousand_AreCutByKeyInAFewQueries()
    {
        await FillAsync();
        using var listening = await ListenAsync();

        var page = Render<RequestsPage>();
        page.WaitForAssertion(() => page.Find(".list-foot").TextContent.ShouldContain("50 of more than 10,000 calls"));
        Taken().Count.ShouldBeLessThanOrEqualTo(3);

        page.FindAll(".list-foot button").Single(button => button.TextContent == "Older").Click();
        page.WaitForAssertion(() => page.Find("tbody tr").TextContent.ShouldContain("m50"));
        var cut = Taken().ShouldHaveSingleItem();
        cut.ShouldContain("LIMIT");
        cut.ShouldNotContain("OFFSET");
        (await PlanAsync(cut)).ShouldContain("INTEGER PRIMARY KEY (rowid<?)");
    }

    /// <summary>The newest call is m0.</summary>
    private async Task FillAsync()
    {
        var records = Enumerable.Range(0, Calls).Select(i => new UsageRecord
        {
            RequestId = $"req_{i:00000}", StartedAt = Time.GetUtcNow().AddSeconds(i - Calls), TenantId = DefaultTenant.Id, ModelAsked = $"m{(Calls - 1 - i) % 100}", ModelServed = "m", Outcome = Outcome.Answered, Status = 200,
        });
        await using var writer = new UsageWriter(Services.GetRequiredService<DatabaseConnections>());
        await writer.WriteAsync([.. records], Cancellation);
    }

    /// <summary>How SQLite finds the rows of a query.</summary>
    private async Task<string> PlanAsync(string query)
    {
        await using var db = await Contexts.CreateDbContextAsync(Cancellation);
        await db.Database.OpenConnectionAsync(Cancellation);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN {query}";
        foreach (var name in query.Split([' ', '\n', ')', '(', ',']).Where(word => word.StartsWith('@')).Distinct())
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, 1);
            command.Parameters.Add(parameter);
        }

        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        await reader.ReadAsync(Cancellation);
        return reader.GetString(3);
    }

    private async Task<IDisposable> ListenAsync()
    {
        await using (var db = await Contexts.CreateDbContextAsync(Cancellation)) _database = db.Database.GetDbConnection().DataSource;
        return DiagnosticListener.AllListeners.Subscribe(this);
    }

    /// <summary>The queries since the last look.</summary>
    private List<string> Taken()
    {
        var taken = new List<string>();
        while (_commands.TryDequeue(out var command)) taken.Add(command);
        return taken;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var subscription in _subscriptions) subscription.Dispose();
        base.Dispose(disposing);
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener listener)
    {
        if (listener.Name == DbLoggerCategory.Name) _subscriptions.Add(listener.Subscribe(this));
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> happened)
    {
        if (happened.Value is CommandExecutedEventData { Command: DbCommand command } && command.Connection?.DataSource == _database) _commands.Enqueue(command.CommandText);
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error)
    {
    }
}
