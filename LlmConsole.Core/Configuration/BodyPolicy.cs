namespace LlmConsole.Core.Configuration;

/// <summary>That a tenant's requests and answers are kept, for how long, and what is masked before they are written.</summary>
public sealed record BodyPolicy
{
    public const int MaxRetentionDays = 365;

    /// <summary>Days until they are deleted.</summary>
    public int RetentionDays { get; init; } = 7;

    /// <summary>What is replaced by its kind before anything is written; nobody can read it later.</summary>
    public IReadOnlyList<BodyMask> Masks { get; init; } = Enum.GetValues<BodyMask>();

    public bool Equals(BodyPolicy? other) => other is not null && RetentionDays == other.RetentionDays && Masks.SequenceEqual(other.Masks);

    public override int GetHashCode() => HashCode.Combine(RetentionDays, Masks.Count);
}

/// <summary>A rule for what is masked.</summary>
public enum BodyMask
{
    /// <summary>API keys, tokens and private keys, by the forms that vendors give them.</summary>
    Secrets,

    /// <summary>E-mail addresses.</summary>
    Emails,

    /// <summary>Payment cards: 13 to 19 digits whose check digit is right.</summary>
    Cards,
}
