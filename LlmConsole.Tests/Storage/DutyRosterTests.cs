using LlmConsole.Core.Storage;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LlmConsole.Tests.Storage;

public sealed class DutyRosterTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IDisposable
{
    private const int Instances = 12;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("llmconsole-").FullName;
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Take_BySeveralAtOnce_IsOnesInEachPeriod(bool onPostgres)
    {
        await using var services = new ServiceCollection().AddStorage(StorageOptions.From(_directory, onPostgres ? await postgres.NewDatabaseAsync() : null)).BuildServiceProvider();
        await services.GetRequiredService<DatabaseStartup>().PrepareAsync(Cancellation);

        (await TakersAsync(services, "clean")).ShouldBe(1);
        (await TakersAsync(services, "clean")).ShouldBe(0);
        (await TakersAsync(services, "another")).ShouldBe(1);
        _time.Advance(Hour);
        (await TakersAsync(services, "clean")).ShouldBe(1);
        _time.Advance(Hour / 2);
        (await TakersAsync(services, "clean")).ShouldBe(0);
    }

    private async Task<int> TakersAsync(ServiceProvider services, string duty)
    {
        var connections = services.GetRequiredService<DatabaseConnections>();
        var taken = await Task.WhenAll(Enumerable.Range(0, Instances).Select(_ => new DutyRoster(connections, _time).TakeAsync(duty, Hour, Cancellation)));
        return taken.Count(isTaken => isTaken);
    }
}
