using System.Text;

namespace LlmConsole.Tests.Components.Chat.Markdown;

/// <summary>Everything that an answer has been seen to hold: markup of every kind, and attempts to run scripts, to fetch something, or to lead a reader astray.</summary>
internal static class HostileCorpus
{
    public const string Text = """
        # Title <img src=x onerror=alert(1)>

        Text with **bold**, *em*, ~~gone~~, `code <b>`, 👩‍👩‍👧 https://example.com/a?b=c&d=e, <https://example.com>, <javascript:alert(1)>.
        [ok](https://example.com "a \"title\"") [bad](javascript:alert(1)) [worse](&#x6A;avascript:alert(1)) [data](data:text/html;base64,PHNjcmlwdD4=)
        ![i](https://evil.example/i.png "t") ![d](data:image/svg+xml,<svg onload=alert(1)>) ![](x"onerror="alert(1)) ![n](//evil.example/n.png)
        [split](java
        script:alert(1)) [tab](java	script:alert(1)) [case](JAVASCRIPT:alert(1)) [vb](vbscript:x) [blob](blob:https://evil.example/1) [file](file:///etc/passwd)
        [colon](javascript&colon;alert(1)) [space]( javascript:alert(1)) [encoded](%6Aavascript:alert(1)) [quote](https://evil.example/"onmouseover="alert(1))

        <script>alert(1)</script><svg/onload=alert(1)><iframe src="javascript:alert(1)"></iframe><object data=https://evil.example/o></object><embed src=//evil.example/e>
        <style>*{background:url(https://evil.example)}</style><a href="javascript:alert(1)" onclick=alert(1)>x</a><img src=//evil.example/p.gif><link rel=stylesheet href=//evil.example/c.css>
        <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
        <base href=https://evil.example><meta http-equiv=refresh content="0;url=https://evil.example"><form action=https://evil.example><button formaction=javascript:alert(1)>go</button></form>
        <video src=//evil.example/v autoplay onloadstart=alert(1)><details open ontoggle=alert(1)><input autofocus onfocus=alert(1)><noscript><p title="</noscript><img src=x onerror=alert(1)>">

        | a | b |
        |--:|:-:|
        | <b onmouseover=alert(1)>1</b> | [x](vbscript:x) |
        | ![cell](https://evil.example/cell.png) | `a|b` |

        1. one
           - nested
             ```html
             <script>alert("fence")</script>
             ```
        2. [ref][1] ![ref][2] [![inner](https://evil.example/inner.png)](javascript:alert(1))

        - [x] done
        - [ ] open

        ```"><script>alert(1)</script>
        </code></pre><script>alert(2)</script>
        ```

        > quote &lt;script&gt; &#60;script&#62; \<script>

            indented <img src=x onerror=alert(3)>

        [1]: javascript:alert(1) "x"
        [2]: https://evil.example/ref.png
        """;

    /// <summary>The corpus cut at every byte, as it may stand on the page while it arrives.</summary>
    public static IEnumerable<string> Cuts
    {
        get
        {
            var bytes = Encoding.UTF8.GetBytes(Text);
            for (var length = 0; length <= bytes.Length; length++) yield return Encoding.UTF8.GetString(bytes, 0, length);
        }
    }
}
