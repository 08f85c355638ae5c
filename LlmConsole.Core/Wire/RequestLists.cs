namespace LlmConsole.Core.Wire;

/// <summary>How much a request may list. It is counted while the request is read, so that a longer list is refused before anything is made of it.</summary>
public static class RequestLists
{
    /// <summary>Messages, unless a setting says otherwise: as many as OpenAI takes.</summary>
    public const int DefaultMaxMessages = 2_048;

    /// <summary>Parts in the content of one message.</summary>
    public const int MaxParts = 2_048;
    public const int MaxTools = 1_024;

    /// <summary>Texts at which an answer stops.</summary>
    public const int MaxStops = 64;

    internal static RefusalException TooLong(string field, int most) =>
        new(ErrorCode.ArrayTooLong, FormattableString.Invariant($"{field} is longer than the {most} entries that the gateway takes. Send fewer."), field);
}
