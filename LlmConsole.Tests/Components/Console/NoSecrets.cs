using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Components.Console;

/// <summary>For what keeps no secret.</summary>
internal sealed class NoSecrets : ISecretProtector
{
    public string Protect(string purpose, string secret) => throw new NotSupportedException();

    public string Unprotect(string purpose, string protectedSecret) => throw new NotSupportedException();
}
