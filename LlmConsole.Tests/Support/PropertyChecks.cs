using FsCheck;

namespace LlmConsole.Tests.Support;

internal static class PropertyChecks
{
    /// <summary>Tries the property on this many random cases; a failure names the case and the seed that replays it.</summary>
    public static void Holds(this Property property, int cases = 200) => property.Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true));
}
