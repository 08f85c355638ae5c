using System.Runtime.CompilerServices;
using Bunit;
using Microsoft.Playwright;

namespace LlmConsole.Tests.Support;

/// <summary>How long a test waits for what must come. Only tests that fail wait so long, and a busy machine isn't taken for a fault: the libraries' own bounds are 1, 5 and 30 seconds.</summary>
internal static class Patience
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    [ModuleInitializer]
    internal static void Set()
    {
        BunitContext.DefaultWaitTimeout = Longest;
        Assertions.SetDefaultExpectTimeout((float)Longest.TotalMilliseconds);
    }
}
