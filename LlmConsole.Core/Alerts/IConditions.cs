using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Alerts;

/// <summary>Looks whether what rules of some kinds watch for is so.</summary>
internal interface IConditions
{
    IReadOnlyList<AlertKind> Kinds { get; }

    /// <summary>How often it is worth looking.</summary>
    TimeSpan Every { get; }

    /// <summary>What holds now.</summary>
    Task<IReadOnlyList<Condition>> FindAsync(AlertRule rule, ConfigurationSnapshot snapshot, CancellationToken cancellation);
}
