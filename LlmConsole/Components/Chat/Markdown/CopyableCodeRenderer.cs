using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace LlmConsole.Components.Chat.Markdown;

/// <summary>A code block with its language and a Copy button; the page's script listens for the button.</summary>
internal sealed class CopyableCodeRenderer : HtmlObjectRenderer<CodeBlock>
{
    private const int MaxLanguageLength = 24;

    protected override void Write(HtmlRenderer renderer, CodeBlock block)
    {
        renderer.EnsureLine();
        renderer.Write($"<div class=\"{AllowList.CodeClass}\"><div class=\"{AllowList.CodeHeadClass}\"><span>").WriteEscape(Language(block));
        renderer.Write($"</span><button type=\"button\" class=\"{AllowList.CopyClass}\">Copy</button></div><pre><code>");
        renderer.WriteLeafRawLines(block, writeEndOfLines: true, escape: true);
        renderer.Write("</code></pre></div>");
        renderer.EnsureLine();
    }

    private static string Language(CodeBlock block)
    {
        var info = (block as FencedCodeBlock)?.Info ?? "";
        return info.Length <= MaxLanguageLength ? info : "";
    }
}
