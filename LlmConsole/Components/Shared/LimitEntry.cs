using System.Globalization;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Shared;

/// <summary>A limit while it is being typed: the text as it stands in the field, or no limit at all.</summary>
public sealed class LimitEntry
{
    public LimitEntry(int? limit)
    {
        Unlimited = limit is null;
        Text = limit?.ToString(CultureInfo.InvariantCulture) ?? "";
    }

    public string Text { get; set; }

    public bool Unlimited { get; set; }

    /// <summary>The limit as far as the text can be read, for a sentence that follows the typing.</summary>
    public int? Preview => Unlimited ? null : NumberText.TryRead(Text, out var number) ? number : null;

    /// <summary>Whether the text says a number at all.</summary>
    public bool IsReadable => Unlimited || NumberText.TryRead(Text, out _);

    /// <summary>The limit; what can't be read adds a problem.</summary>
    public int? Read(string field, ICollection<Problem> problems) => Unlimited ? null : NumberText.Read(Text, field, problems);
}
