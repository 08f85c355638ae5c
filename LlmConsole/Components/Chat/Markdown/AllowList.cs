using AngleSharp.Html.Dom;
using Ganss.Xss;
using Markdig.Extensions.Tables;

namespace LlmConsole.Components.Chat.Markdown;

/// <summary>The elements, attributes, classes and addresses that may stand in an answer; all else is removed, whatever the Markdown renderer let through.</summary>
internal static class AllowList
{
    public const string CodeClass = "md-code";
    public const string CodeHeadClass = "md-code-head";
    public const string CopyClass = "md-copy";
    public const string ImageClass = "md-image";
    private const string CenterClass = "md-center";
    private const string RightClass = "md-right";

    private static readonly HtmlSanitizer Sanitizer = Create();

    public static string ClassOf(TableColumnAlign alignment) => alignment == TableColumnAlign.Right ? RightClass : CenterClass;

    public static string Clean(string html) => Sanitizer.Sanitize(html);

    private static HtmlSanitizer Create()
    {
        var sanitizer = new HtmlSanitizer(new HtmlSanitizerOptions
        {
            AllowedTags = Set("a", "blockquote", "br", "button", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "input", "li", "ol", "p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
            AllowedAttributes = Set("checked", "class", "disabled", "href", "start", "type"),
            AllowedClasses = Set(CodeClass, CodeHeadClass, CopyClass, ImageClass, CenterClass, RightClass, "contains-task-list", "task-list-item"),
            AllowedSchemes = Set("http", "https", "mailto"),
            UriAttributes = Set("href"),
        });
        sanitizer.FilterUrl += (_, url) => url.SanitizedUrl = SafeUrl.IsAllowed(url.OriginalUrl) ? url.OriginalUrl : null;
        sanitizer.PostProcessNode += (_, node) => Finish(node.Node as AngleSharp.Dom.IElement);
        return sanitizer;
    }

    private static void Finish(AngleSharp.Dom.IElement? element)
    {
        switch (element)
        {
            case IHtmlAnchorElement link when link.HasAttribute("href"):
                link.SetAttribute("target", "_blank");
                link.SetAttribute("rel", "noopener noreferrer nofollow ugc");
                break;

            // The only controls are the Copy button and the boxes of task lists.
            case IHtmlInputElement input:
                input.SetAttribute("type", "checkbox");
                input.SetAttribute("disabled", "disabled");
                break;
            case IHtmlButtonElement button:
                button.SetAttribute("type", "button");
                break;
        }
    }

    private static HashSet<string> Set(params string[] values) => new(values, StringComparer.OrdinalIgnoreCase);
}
