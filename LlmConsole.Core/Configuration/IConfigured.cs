namespace LlmConsole.Core.Configuration;

/// <summary>What an administrator edits. Immutable: a change is a new record with the same id.</summary>
public interface IConfigured
{
    string Id { get; }
    string Name { get; }
}
