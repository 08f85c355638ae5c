using LlmConsole.Components.Chat.Turns;
using LlmConsole.Core.Metering;

namespace LlmConsole.Components.Chat;

/// <summary>What the shown answers cost, as it stands in the books.</summary>
public sealed partial class ChatPage
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>What an older call lacks isn't on its way any more.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private Dictionary<string, UsageRecord> _usage = [];
    private bool _looksAgain;

    private async Task ReadUsageAsync(ThreadWindow window)
    {
        var ids = window.Shown.Select(shown => shown.Message.RequestId).OfType<string>().ToList();
        var found = await Books.FindAllAsync([.. ids.Where(id => !_usage.ContainsKey(id))], _gone.Token);
        _usage = ids.Select(id => found.GetValueOrDefault(id) ?? _usage.GetValueOrDefault(id)).OfType<UsageRecord>().DistinctBy(record => record.RequestId).ToDictionary(record => record.RequestId);
    }

    /// <summary>While the database is busy or away, calls stand in its books some time after they ended.</summary>
    private void LookAgain()
    {
        if (_looksAgain || !RendererInfo.IsInteractive || !LacksUsage()) return;
        _looksAgain = true;
        _ = InvokeAsync(LookAgainAsync);
    }

    private async Task LookAgainAsync()
    {
        try
        {
            for (var pause = ShortestPause; pause < LongestPause && LacksUsage(); pause *= 2)
            {
                await Task.Delay(pause, Time, _gone.Token);
                var known = _usage.Count;
                await ReadUsageAsync(_window);
                if (_usage.Count != known) StateHasChanged();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page went away meanwhile.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
        finally
        {
            _looksAgain = false;
        }
    }

    private bool LacksUsage()
    {
        var since = Time.GetUtcNow() - LongestWait;
        return _window.Shown.Any(shown => shown.Message.RequestId is { } id && shown.Message.CreatedAt > since && !_usage.ContainsKey(id));
    }
}
