using Microsoft.AspNetCore.Components;

namespace LlmConsole.Components.Shared;

/// <summary>
/// The network address of the browser, for the audit log. A circuit has no HTTP request to ask, so the address is noted when the page is
/// first rendered and travels to the circuit with the page's protected state.
/// </summary>
public sealed class ClientAddress
{
    [PersistentState]
    public string? Value { get; set; }
}
