using LlmConsole.Components.Console.Keys;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Account.Setup;

/// <summary>Step 4: a command that works as it is, and a light that turns green when the first call of the new key stands in the books.</summary>
public sealed partial class FirstCallStep(UsageQueries usage, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _gone = new();
    private UsageRecord? _record;

    [Parameter, EditorRequired]
    public required IssuedKey IssuedKey { get; set; }

    [Parameter, EditorRequired]
    public required string Model { get; set; }

    private CallSnippet Call => Snippet.Chat(Navigation.BaseUri, IssuedKey.Text, Model);

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        try
        {
            await WatchAsync(_gone.Token);
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            // The page was left before a call was answered.
        }
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(PollInterval, time);
        do
        {
            var page = await usage.PageAsync(new UsageFilter { KeyId = IssuedKey.Key.Id }, 1, null, cancellation);
            if (page.Records is [var newest] && newest != _record)
            {
                _record = newest;
                StateHasChanged();
            }
        }
        while (_record?.Outcome != Outcome.Answered && await timer.WaitForNextTickAsync(cancellation));
    }
}
