using System.Net;
using Markdig;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Renderers.Html.Inlines;
using Markdig.Syntax;

namespace LlmConsole.Components.Chat.Markdown;

/// <summary>
/// Markdown from a model, as HTML that is safe to show. The text is hostile: raw HTML is shown as text, only a short list of elements
/// survives, nothing is fetched, and a link leads nowhere but to the web or a mailbox.
/// </summary>
internal static class SafeMarkdown
{
    /// <summary>Beyond this many characters the text is shown as it is, so that a monstrous answer can't hold up the server.</summary>
    public const int MaxLength = 400_000;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseTaskLists()
        .UseAutoLinks()
        .UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough)
        .DisableHtml()
        .Build();

    /// <summary>The whole text as one piece of HTML.</summary>
    public static string ToHtml(string text) => string.Concat(Blocks(text).Select(Clean));

    /// <summary>The top-level blocks of the text, each as HTML that must still be cleaned. While a text grows, all but the last ones stay the same.</summary>
    public static IReadOnlyList<string> Blocks(string text)
    {
        if (text.Length > MaxLength) return [Plain(text)];
        try
        {
            var document = Markdig.Markdown.Parse(text.Replace('\0', '\uFFFD'), Pipeline);
            TableAlignment.ToClasses(document);
            return [.. document.Select(Render).Where(html => html.Length > 0)];
        }
        catch (ArgumentException)
        {
            // Markdig's answer to nesting that is deeper than anyone means.
            return [Plain(text)];
        }
    }

    /// <summary>Keeps only what is on the allow-list.</summary>
    public static string Clean(string html) => AllowList.Clean(html);

    private static string Plain(string text) => $"<pre>{WebUtility.HtmlEncode(text)}</pre>";

    private static string Render(Block block)
    {
        using var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.Replace<LinkInlineRenderer>(new SafeLinkRenderer());
        renderer.ObjectRenderers.Replace<AutolinkInlineRenderer>(new SafeAutolinkRenderer());
        renderer.ObjectRenderers.Replace<CodeBlockRenderer>(new CopyableCodeRenderer());
        renderer.Render(block);
        return writer.ToString().Trim();
    }
}
