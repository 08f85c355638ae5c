namespace LlmConsole.Components.Shared;

/// <summary>What a colour means.</summary>
public enum Tone
{
    Neutral,
    Ok,
    Warn,
    Bad,
    Cached,
}
