namespace LlmConsole.Components.Console.Playground;

/// <summary>One message of a request that is being written.</summary>
public sealed class PlaygroundMessage
{
    /// <summary>The role of a message that stands as JSON: images, tool calls and whatever else isn't plain text.</summary>
    public const string AsJson = "json";

    /// <summary>What a message can be.</summary>
    public static readonly IReadOnlyList<(string Role, string Name)> Roles = [("user", "User"), ("assistant", "Assistant"), (AsJson, "Message as JSON")];

    public string Role { get; set; } = "user";
    public string Text { get; set; } = "";
}
