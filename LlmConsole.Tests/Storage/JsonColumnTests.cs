using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Metering;
using Microsoft.EntityFrameworkCore;

namespace LlmConsole.Tests.Storage;

public sealed class JsonColumnTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_RowsThatSayTheSameAndOthers_GivesEachItsOwn()
    {
        await using var database = await BooksDatabase.CreateAsync();
        string[][] lists = [[], [], ["a"], ["a"], ["a", "b"], []];
        await using (var db = await database.Contexts.CreateDbContextAsync(Cancellation))
        {
            db.AddRange(lists.Select((models, i) => new Tier { Id = $"tier_{i}", Name = $"{i}", Models = models }));
            await db.SaveChangesAsync(Cancellation);
        }

        await using var reading = await database.Contexts.CreateDbContextAsync(Cancellation);
        var read = await reading.Set<Tier>().AsNoTracking().OrderBy(tier => tier.Id).ToListAsync(Cancellation);

        read.Select(tier => string.Join(",", tier.Models)).ShouldBe(["", "", "a", "a", "a,b", ""]);
        ReferenceEquals(read[2].Models, read[3].Models).ShouldBeTrue();
    }
}
