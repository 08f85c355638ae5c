using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Shared;

/// <summary>Shows nothing: tells the component around it to look again, every few seconds, from when a circuit stands. That component is drawn anew after each tick, as after any event, so a tick needn't do anything.</summary>
public sealed class Ticker : ComponentBase, IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(2);

    private ITimer? _timer;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Parameter, EditorRequired]
    public EventCallback OnTick { get; set; }

    [Parameter]
    public TimeSpan Every { get; set; } = Usual;

    public void Dispose() => _timer?.Dispose();

    protected override bool ShouldRender() => false;

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _timer = Time.CreateTimer(_ => _ = InvokeAsync(OnTick.InvokeAsync), null, Every, Every);
    }
}
