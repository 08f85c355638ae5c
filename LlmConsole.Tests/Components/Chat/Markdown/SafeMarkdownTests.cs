using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using LlmConsole.Components.Chat.Markdown;

namespace LlmConsole.Tests.Components.Chat.Markdown;

public sealed class SafeMarkdownTests
{
    private static readonly string[] Harmless =
    [
        "a", "blockquote", "br", "button", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "input", "li", "ol", "p", "pre", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
    ];

    private static readonly string[] Schemes = ["http", "https", "mailto"];
    private static readonly string[] OtherAttributes = ["target", "rel", "checked", "disabled", "start"];

    [Theory]
    [InlineData("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <del>s</del> <code>c</code></p>")]
    [InlineData("a\nb", "<p>a\nb</p>")]
    [InlineData("- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>")]
    [InlineData("<b>raw</b>", "<p>&lt;b&gt;raw&lt;/b&gt;</p>")]
    [InlineData("2 < 3 && 4 > 1", "<p>2 &lt; 3 &amp;&amp; 4 &gt; 1</p>")]
    public void ToHtml_PlainMarkdown_IsRendered(string markdown, string expected) => SafeMarkdown.ToHtml(markdown).ShouldBe(expected);

    [Fact]
    public void ToHtml_Table_AlignsByClass()
    {
        var table = Parse("| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |");

        table.QuerySelectorAll("th").Select(cell => cell.GetAttribute("class")).ShouldBe([null, "md-right", "md-center"]);
        table.QuerySelectorAll("td").Select(cell => cell.GetAttribute("class")).ShouldBe([null, "md-right", "md-center"]);
        table.QuerySelectorAll("[style]").ShouldBeEmpty();
    }

    [Fact]
    public void ToHtml_CodeBlock_HasLanguageAndCopyButton()
    {
        var page = Parse("1. item\n   ```python\n   print('<x>')\n   ```");

        page.QuerySelector(".md-code-head span")!.TextContent.ShouldBe("python");
        page.QuerySelector("button.md-copy")!.GetAttribute("type").ShouldBe("button");
        page.QuerySelector("pre code")!.TextContent.ShouldBe("print('<x>')\n");
    }

    [Theory]
    [InlineData("[x](https://example.com/a?b=c)", "https://example.com/a?b=c")]
    [InlineData("<https://example.com>", "https://example.com")]
    [InlineData("https://example.com", "https://example.com")]
    [InlineData("[x](mailto:ada@example.com)", "mailto:ada@example.com")]
    [InlineData("<ada@example.com>", "mailto:ada@example.com")]
    public void ToHtml_LinkToTheWeb_OpensElsewhereWithoutReferrer(string markdown, string address)
    {
        var link = Parse(markdown).QuerySelector("a")!;

        link.GetAttribute("href").ShouldBe(address);
        link.GetAttribute("target").ShouldBe("_blank");
        link.GetAttribute("rel").ShouldBe("noopener noreferrer nofollow ugc");
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("JaVaScRiPt:alert(1)")]
    [InlineData("java\tscript:alert(1)")]
    [InlineData("javascript&colon;alert(1)")]
    [InlineData("&#106;avascript:alert(1)")]
    [InlineData("&#x6A;&#x61;vascript&#58;alert(1)")]
    [InlineData("javascript://example.com/%0Aalert(1)")]
    [InlineData("\u0001javascript:alert(1)")]
    [InlineData("data:text/html,<script>alert(1)</script>")]
    [InlineData("vbscript:msgbox(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("blob:https://example.com/1")]
    [InlineData("/account/sign-out")]
    [InlineData("//evil.example/x")]
    [InlineData("\\\\evil.example\\x")]
    [InlineData("#fragment")]
    [InlineData("https:evil.example")]
    public void ToHtml_LinkElsewhere_KeepsOnlyItsWords(string address)
    {
        foreach (var markdown in new[] { $"[words]({address})", $"[words](<{address}>)", $"[words][1]\n\n[1]: {address}", $"<{address}>" })
        {
            Parse(markdown).QuerySelectorAll("a").ShouldBeEmpty(markdown);
        }
    }

    [Fact]
    public void ToHtml_RemoteImage_BecomesALinkThatNamesTheHost()
    {
        var page = Parse("![a *cat* [x](https://example.com)](https://evil.example/cat.png?user=ada \"title\")");

        page.QuerySelectorAll("img").ShouldBeEmpty();
        var link = page.QuerySelectorAll("a").ShouldHaveSingleItem();
        link.TextContent.ShouldBe("Image from evil.example: a cat x");
        link.GetAttribute("href").ShouldBe("https://evil.example/cat.png?user=ada");
    }

    [Theory]
    [InlineData("![x](data:image/png;base64,AAAA)")]
    [InlineData("![x](/favicon.svg)")]
    public void ToHtml_OtherImage_IsNamedOnly(string markdown)
    {
        var page = Parse(markdown);

        page.QuerySelectorAll("img, a").ShouldBeEmpty();
        page.Body!.TextContent.ShouldBe("Image not shown: x");
    }

    [Fact]
    public void ToHtml_CorpusCutAtEveryByte_NeverYieldsAnythingDangerous()
    {
        foreach (var cut in HostileCorpus.Cuts) MustBeHarmless(SafeMarkdown.ToHtml(cut));
    }

    [Fact]
    public void Clean_HostileHtml_IsRemovedEvenIfTheRendererLetItThrough() => MustBeHarmless(SafeMarkdown.Clean(HostileCorpus.Text + """
        <button type=submit formaction="javascript:alert(1)" onclick=alert(1) class="evil md-copy">x</button>
        <input type=image src=https://evil.example/x.png onerror=alert(1)><a href=" javascript:alert(1)">x</a><a href="jav&#x09;ascript:alert(1)">x</a>
        <form action=https://evil.example><p style="background:url(https://evil.example)" id=app data-jump>x</p><base href=https://evil.example><meta http-equiv=refresh content=0>
        """));

    [Theory]
    [InlineData('>')]
    [InlineData('[')]
    [InlineData('*')]
    [InlineData('`')]
    [InlineData('|')]
    [InlineData('!')]
    public void ToHtml_NestedAbsurdlyDeep_StillShowsTheText(char mark)
    {
        var html = SafeMarkdown.ToHtml(new string(mark, 20_000) + " end");

        html.ShouldContain("end");
        MustBeHarmless(html);
    }

    [Fact]
    public void ToHtml_MonstrousText_IsShownAsItIs() =>
        SafeMarkdown.ToHtml(new string('x', SafeMarkdown.MaxLength) + "<script>").ShouldEndWith("x&lt;script&gt;</pre>");

    [Fact]
    public void Show_GrowingText_EndsAsTheWholeWould()
    {
        var growing = new GrowingMarkdown();
        for (var length = 0; length <= HostileCorpus.Text.Length; length += 7) growing.Show(HostileCorpus.Text[..length]);
        growing.Show(HostileCorpus.Text);

        string.Concat(Enumerable.Range(0, growing.Count).Select(i => growing[i].Value)).ShouldBe(SafeMarkdown.ToHtml(HostileCorpus.Text));
    }

    private static AngleSharp.Html.Dom.IHtmlDocument Parse(string markdown) => new HtmlParser().ParseDocument(SafeMarkdown.ToHtml(markdown));

    private static void MustBeHarmless(string html)
    {
        var body = new HtmlParser().ParseDocument(html).Body!;
        foreach (var element in body.QuerySelectorAll("*"))
        {
            Harmless.ShouldContain(element.LocalName, html);
            foreach (var attribute in element.Attributes) MustBeHarmless(element, attribute, html);
        }
    }

    private static void MustBeHarmless(IElement element, IAttr attribute, string html)
    {
        switch (attribute.Name)
        {
            case "href":
                Schemes.ShouldContain(new Uri(attribute.Value).Scheme, html);
                break;
            case "class":
                attribute.Value.Split(' ').ShouldAllBe(name => name.StartsWith("md-") || name.StartsWith("task-list") || name == "contains-task-list", html);
                break;
            case "type":
                attribute.Value.ShouldBe(element.LocalName == "button" ? "button" : "checkbox", html);
                break;
            default:
                OtherAttributes.ShouldContain(attribute.Name, html);
                break;
        }
    }
}
