using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace LlmConsole.Tests.Support;

/// <summary>
/// Properties over random cases. On a developer's machine each run tries new ones; in CI always the same, so that what is red there is red for the reason that the
/// change gave. PROPERTY_SEED=random (or a number) chooses, PROPERTY_CASES multiplies how many are tried.
/// </summary>
internal static class PropertyChecks
{
    private const ulong CiSeed = 20_260_501;

    private static readonly ulong First = FirstSeed(Environment.GetEnvironmentVariable("PROPERTY_SEED"), Environment.GetEnvironmentVariable("CI") == "true");
    private static readonly int Times = int.TryParse(Environment.GetEnvironmentVariable("PROPERTY_CASES"), CultureInfo.InvariantCulture, out var times) ? times : 1;

    /// <summary>Tries the property on this many random cases; a failure names the case and the seed that replays it.</summary>
    public static void Holds(this Property property, int cases = 200) =>
        property.Check(Config.QuickThrowOnFailure.WithMaxTest(cases * Times).WithQuietOnSuccess(true).WithReplay(new Replay(new Rnd(First), null)));

    /// <summary>This many random values, for a test that can't afford a property.</summary>
    public static T[] Some<T>(this Gen<T> values, int size, int count) => values.Sample(count * Times, new Rnd(First), size);

    private static ulong FirstSeed(string? asked, bool isCi) =>
        ulong.TryParse(asked, CultureInfo.InvariantCulture, out var seed) ? seed
        : isCi && asked is null ? CiSeed
        : (ulong)Random.Shared.NextInt64();
}
