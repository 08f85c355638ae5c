using System.Runtime.CompilerServices;

namespace LlmConsole.Tests.Support;

/// <summary>The source tree that the tests were built from.</summary>
internal static class RepositoryFiles
{
    /// <summary>The directory that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Files below a directory of the repository, as paths relative to its root; build output and packages are left out.</summary>
    public static IEnumerable<string> Below(string directory, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, directory), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules"));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // A build with deterministic paths hides where the source was; then the tests still run below it.
        for (var directory = File.Exists(here) ? Path.GetDirectoryName(here) : AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "LlmConsole.sln"))) return directory;
        }

        throw new DirectoryNotFoundException("No LlmConsole.sln above the tests.");
    }
}
