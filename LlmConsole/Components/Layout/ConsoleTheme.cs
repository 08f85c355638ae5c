using MudBlazor;

namespace LlmConsole.Components.Layout;

/// <summary>Type and measures of MudBlazor's components; colours are in theme.css.</summary>
internal static class ConsoleTheme
{
    private static readonly string[] Fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "sans-serif"];

    public static readonly MudTheme Theme = new()
    {
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "6px", AppbarHeight = "48px", DrawerWidthLeft = "224px" },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = Fonts, FontSize = "13px", LineHeight = "1.5", LetterSpacing = "normal" },
            Body1 = new Body1Typography { FontFamily = Fonts, FontSize = "13px", LineHeight = "1.5", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontFamily = Fonts, FontSize = "12px", LineHeight = "1.5", LetterSpacing = "normal" },
            Button = new ButtonTypography { FontFamily = Fonts, FontSize = "13px", FontWeight = "500", LetterSpacing = "normal", TextTransform = "none" },
            Caption = new CaptionTypography { FontFamily = Fonts, FontSize = "12px", LetterSpacing = "normal" },
            H5 = new H5Typography { FontFamily = Fonts, FontSize = "20px", FontWeight = "600", LetterSpacing = "-.01em" },
            H6 = new H6Typography { FontFamily = Fonts, FontSize = "15px", FontWeight = "600", LetterSpacing = "normal" },
            Subtitle1 = new Subtitle1Typography { FontFamily = Fonts, FontSize = "13px", FontWeight = "500", LetterSpacing = "normal" },
            Subtitle2 = new Subtitle2Typography { FontFamily = Fonts, FontSize = "12px", FontWeight = "500", LetterSpacing = "normal" },
        },
    };
}
