using System.Security.Claims;
using LlmConsole.Hosting;
using LlmConsole.Hubs;
using LlmConsole.Tests.Support;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmConsole.Tests.Hubs;

/// <summary>The calls with which a page begins, or comes back to, its circuit, where one user may have two pages open.</summary>
public sealed class CircuitGateTests
{
    private const string Refusal = "You have 2 pages open, which is the most. Close some, then reload this one.";

    private readonly SteppedTime _time = new();
    private readonly CircuitGate _gate;

    public CircuitGateTests()
    {
        var settings = Settings.Read(new ConfigurationBuilder().AddInMemoryCollection([new("Limits:MaxPagesPerUser", "2")]).Build());
        _gate = new CircuitGate(new OpenPages(settings), _time, NullLogger<CircuitGate>.Instance);
    }

    [Theory]
    [InlineData(nameof(Circuits.StartCircuit))]
    [InlineData(nameof(Circuits.ResumeCircuit))]
    public async Task Begin_WithoutASeat_SaysWhyAtOnceAndGoesOnWithTheNextFreeOne(string method)
    {
        var (first, third) = await FillAsync();
        var waiting = _time.NextWaitOf(TimeSpan.FromMilliseconds(100));

        var call = third.CallAsync(method);
        await waiting;
        third.Told.ShouldBe([Refusal]);
        await first.LeaveAsync();
        _time.Advance(TimeSpan.FromMilliseconds(100));

        (await call).ShouldBeTrue();
        third.Told.ShouldBe([Refusal, null]);
    }

    [Theory]
    [InlineData(nameof(Circuits.StartCircuit))]
    [InlineData(nameof(Circuits.ResumeCircuit))]
    public async Task Begin_WithoutASeatForLong_IsOver(string method)
    {
        var (_, third) = await FillAsync();
        var waiting = _time.NextWaitOf(TimeSpan.FromMilliseconds(100));

        var call = third.CallAsync(method);
        await waiting;
        _time.Advance(TimeSpan.FromSeconds(3));

        (await call).ShouldBeFalse();
        third.Told.ShouldBe([Refusal, Refusal]);
        third.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public async Task ComeBack_Always_TakesASeatThatOthersThenLack()
    {
        var (first, back) = await FillAsync();

        (await back.CallAsync(nameof(Circuits.ConnectCircuit))).ShouldBeTrue();
        back.Told.ShouldBeEmpty();
        await first.LeaveAsync();

        var next = await ConnectAsync();
        var waiting = _time.NextWaitOf(TimeSpan.FromMilliseconds(100));
        var call = next.CallAsync(nameof(Circuits.StartCircuit));
        await waiting;
        await back.LeaveAsync();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        (await call).ShouldBeTrue();
        next.Told.ShouldBe([Refusal, null]);
    }

    /// <summary>Two pages with a seat each, and the connection of a third.</summary>
    private async Task<(Page First, Page Third)> FillAsync()
    {
        var pages = new[] { await ConnectAsync(), await ConnectAsync(), await ConnectAsync() };
        foreach (var page in pages[..2]) (await page.CallAsync(nameof(Circuits.StartCircuit))).ShouldBeTrue();
        return (pages[0], pages[2]);
    }

    private async Task<Page> ConnectAsync()
    {
        var page = new Page(_gate);
        await _gate.OnConnectedAsync(page.Lifetime, _ => Task.CompletedTask);
        return page;
    }

    /// <summary>The methods of Blazor's hub that matter here.</summary>
    private sealed class Circuits : Hub
    {
        public void StartCircuit() => Clients.ShouldNotBeNull();

        public void ResumeCircuit() => Clients.ShouldNotBeNull();

        public void ConnectCircuit() => Clients.ShouldNotBeNull();
    }

    /// <summary>A page's connection, and what it is told.</summary>
    private sealed class Page(CircuitGate gate) : HubCallerContext, IHubCallerClients, ISingleClientProxy
    {
        public List<string?> Told { get; } = [];

        public bool IsAborted { get; private set; }

        public HubLifetimeContext Lifetime => new(this, new ServiceCollection().BuildServiceProvider(), new Circuits());

        public override string ConnectionId => "connection";

        public override string? UserIdentifier => "ada";

        public override ClaimsPrincipal User { get; } = new(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, "ada")], "test"));

        public override IDictionary<object, object?> Items { get; } = new Dictionary<object, object?>();

        public override IFeatureCollection Features { get; } = new FeatureCollection();

        public override CancellationToken ConnectionAborted => CancellationToken.None;

        public ISingleClientProxy Caller => this;

        IClientProxy IHubCallerClients<IClientProxy>.Caller => this;

        public IClientProxy Others => throw new NotSupportedException();

        public IClientProxy All => throw new NotSupportedException();

        /// <summary>Whether the call reached the hub.</summary>
        public async Task<bool> CallAsync(string method)
        {
            var reached = false;
            using var hub = new Circuits { Clients = this };
            var call = new HubInvocationContext(this, new ServiceCollection().BuildServiceProvider(), hub, typeof(Circuits).GetMethod(method)!, []);
            await gate.InvokeMethodAsync(call, _ =>
            {
                reached = true;
                return ValueTask.FromResult<object?>(null);
            });
            return reached;
        }

        public Task LeaveAsync() => gate.OnDisconnectedAsync(Lifetime, null, (_, _) => Task.CompletedTask);

        public override void Abort() => IsAborted = true;

        public Task SendCoreAsync(string method, object?[] args, CancellationToken cancellationToken = default)
        {
            Told.Add((string?)args[0]);
            return Task.CompletedTask;
        }

        public Task<T> InvokeCoreAsync<T>(string method, object?[] args, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IClientProxy OthersInGroup(string groupName) => throw new NotSupportedException();

        public IClientProxy AllExcept(IReadOnlyList<string> excludedConnectionIds) => throw new NotSupportedException();

        public IClientProxy Client(string connectionId) => throw new NotSupportedException();

        public IClientProxy Clients(IReadOnlyList<string> connectionIds) => throw new NotSupportedException();

        public IClientProxy Group(string groupName) => throw new NotSupportedException();

        public IClientProxy GroupExcept(string groupName, IReadOnlyList<string> excludedConnectionIds) => throw new NotSupportedException();

        public IClientProxy Groups(IReadOnlyList<string> groupNames) => throw new NotSupportedException();

        IClientProxy IHubClients<IClientProxy>.User(string userId) => throw new NotSupportedException();

        public IClientProxy Users(IReadOnlyList<string> userIds) => throw new NotSupportedException();
    }
}
