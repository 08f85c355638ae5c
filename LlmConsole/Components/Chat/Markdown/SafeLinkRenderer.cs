using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax.Inlines;

namespace LlmConsole.Components.Chat.Markdown;

/// <summary>Links with an address that is not allowed keep only their words. Images become a link that names their host: showing one would tell that host who reads what.</summary>
internal sealed class SafeLinkRenderer : HtmlObjectRenderer<LinkInline>
{
    protected override void Write(HtmlRenderer renderer, LinkInline link)
    {
        var url = link.GetDynamicUrl?.Invoke() ?? link.Url;
        if (link.IsImage) WriteImage(renderer, link, url);
        else if (SafeUrl.IsAllowed(url))
        {
            Open(renderer, url, null);
            renderer.WriteChildren(link);
            renderer.Write("</a>");
        }
        else renderer.WriteChildren(link);
    }

    internal static void Open(HtmlRenderer renderer, string url, string? cssClass)
    {
        renderer.Write("<a href=\"").WriteEscapeUrl(url).Write("\"");
        if (cssClass is not null) renderer.Write($" class=\"{cssClass}\"");
        renderer.Write(">");
    }

    private static void WriteImage(HtmlRenderer renderer, LinkInline link, string? url)
    {
        var isRemote = SafeUrl.TryParse(url, out var uri) && uri.Host.Length > 0;
        if (isRemote) Open(renderer, url!, AllowList.ImageClass);
        else renderer.Write($"<span class=\"{AllowList.ImageClass}\">");
        renderer.Write("Image");
        if (isRemote) renderer.Write(" from ").WriteEscape(uri!.IdnHost);
        else renderer.Write(" not shown");
        if (link.FirstChild is not null)
        {
            renderer.Write(": ");
            WriteWords(renderer, link);
        }

        renderer.Write(isRemote ? "</a>" : "</span>");
    }

    /// <summary>Only the words of the description: it may hold links, and a link can't stand in a link.</summary>
    private static void WriteWords(HtmlRenderer renderer, ContainerInline description)
    {
        var enabled = renderer.EnableHtmlForInline;
        renderer.EnableHtmlForInline = false;
        foreach (var literal in description.FindDescendants<LiteralInline>()) renderer.WriteEscape(literal.Content);
        renderer.EnableHtmlForInline = enabled;
    }
}

/// <summary>The same rule for <c>&lt;https://…&gt;</c>.</summary>
internal sealed class SafeAutolinkRenderer : HtmlObjectRenderer<AutolinkInline>
{
    protected override void Write(HtmlRenderer renderer, AutolinkInline link)
    {
        var url = link.IsEmail ? "mailto:" + link.Url : link.Url;
        var isAllowed = SafeUrl.IsAllowed(url);
        if (isAllowed) SafeLinkRenderer.Open(renderer, url, null);
        renderer.WriteEscape(link.Url);
        if (isAllowed) renderer.Write("</a>");
    }
}
