namespace LlmConsole.Components.Layout;

/// <summary>The reader's theme. It is a cookie, so that the first paint is right already; <c>theme.js</c> writes it.</summary>
internal static class ThemeCookie
{
    /// <summary><c>light</c>, <c>dark</c>, or <c>system</c>.</summary>
    public static string Of(HttpContext context) => context.Request.Cookies["theme"] switch { "light" => "light", "dark" => "dark", _ => "system" };
}
