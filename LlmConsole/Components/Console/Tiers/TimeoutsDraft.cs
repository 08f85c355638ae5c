using System.Globalization;
using LlmConsole.Components.Shared;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Tiers;

/// <summary>A tier's own deadlines while they are being edited; an empty field leaves the model's.</summary>
internal sealed class TimeoutsDraft(TimeoutLimits? limits)
{
    public string Connect { get; set; } = Text(limits?.ConnectSeconds);

    public string FirstToken { get; set; } = Text(limits?.FirstTokenSeconds);

    public string Idle { get; set; } = Text(limits?.IdleSeconds);

    public string Total { get; set; } = Text(limits?.TotalSeconds);

    /// <summary>None when every field is empty; what can't be read adds problems.</summary>
    public TimeoutLimits? Read(ICollection<Problem> problems)
    {
        var read = new TimeoutLimits
        {
            ConnectSeconds = Seconds(Connect, "timeouts.connectSeconds", problems),
            FirstTokenSeconds = Seconds(FirstToken, "timeouts.firstTokenSeconds", problems),
            IdleSeconds = Seconds(Idle, "timeouts.idleSeconds", problems),
            TotalSeconds = Seconds(Total, "timeouts.totalSeconds", problems),
        };
        return read == new TimeoutLimits() ? null : read;
    }

    private static int? Seconds(string text, string field, ICollection<Problem> problems) => string.IsNullOrWhiteSpace(text) ? null : NumberText.Read(text, field, problems);

    private static string Text(int? seconds) => seconds?.ToString(CultureInfo.InvariantCulture) ?? "";
}
