namespace LlmConsole.Tests.Support;

/// <summary>What a test needs beyond the SDK. Absent, the test is skipped with the reason; with <c>CI=true</c> it fails, so that nothing is missed where it counts.</summary>
internal static class Needs
{
    public const string ChromiumPath = "/usr/bin/chromium";

    /// <summary>A browser to drive.</summary>
    public static void Chromium() => Require(System.IO.File.Exists(ChromiumPath), $"Chromium is not installed at {ChromiumPath} (Debian: apt-get install chromium).");

    /// <summary>A program of the machine, such as <c>redis-server</c>.</summary>
    public static void Program(string name) =>
        Require(Find(name) is not null, $"{name} is not installed.");

    /// <summary>What other systems don't have.</summary>
    public static void Linux() => Require(OperatingSystem.IsLinux(), "This is not Linux.");

    /// <summary>A PostgreSQL server (Debian: postgresql).</summary>
    public static void Postgres(bool present) => Require(present, "PostgreSQL's server is not installed (Debian: apt-get install postgresql).");

    /// <summary>A file that something else fetches.</summary>
    public static void File(string path, string reason) => Require(System.IO.File.Exists(path), reason);

    /// <summary>Where the program lies, or null.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(directory => Path.Combine(directory, name)).FirstOrDefault(System.IO.File.Exists);

    private static void Require(bool present, string reason)
    {
        if (!present && Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
        Assert.SkipUnless(present, reason);
    }
}
