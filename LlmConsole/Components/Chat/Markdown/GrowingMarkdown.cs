using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Chat.Markdown;

/// <summary>The blocks of a text that grows: only blocks that changed are cleaned again, and the others keep their place in the page.</summary>
internal sealed class GrowingMarkdown
{
    private readonly List<(string Source, MarkupString Safe)> _blocks = [];
    private string? _text;

    public int Count => _blocks.Count;

    public MarkupString this[int index] => _blocks[index].Safe;

    /// <summary>Shows this text from now on.</summary>
    public void Show(string text)
    {
        if (text == _text) return;
        _text = text;
        var sources = SafeMarkdown.Blocks(text);
        if (_blocks.Count > sources.Count) _blocks.RemoveRange(sources.Count, _blocks.Count - sources.Count);
        for (var i = 0; i < sources.Count; i++)
        {
            if (i == _blocks.Count) _blocks.Add((sources[i], new MarkupString(SafeMarkdown.Clean(sources[i]))));
            else if (_blocks[i].Source != sources[i]) _blocks[i] = (sources[i], new MarkupString(SafeMarkdown.Clean(sources[i])));
        }
    }
}
