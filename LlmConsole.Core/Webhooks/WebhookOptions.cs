namespace LlmConsole.Core.Webhooks;

/// <summary>Bounds of webhooks.</summary>
public sealed record WebhookOptions
{
    public const int DefaultRetentionDays = 30;

    /// <summary>Whether events may be sent to loopback and private addresses. Link-local and metadata ones never are.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>How long deliveries that have ended are kept with their attempts.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(DefaultRetentionDays);
}
