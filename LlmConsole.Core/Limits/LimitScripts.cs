namespace LlmConsole.Core.Limits;

/// <summary>What Redis runs, each in one step: the sources lie in <c>Scripts</c>.</summary>
internal static class LimitScripts
{
    private static readonly string Shared = Source("shared");

    public static readonly string Admit = Shared + Source("admit");
    public static readonly string Settle = Shared + Source("settle");
    public static readonly string Watch = Shared + Source("watch");
    public static readonly string Seed = Shared + Source("seed");
    public static readonly string Rejoin = Shared + Source("rejoin");
    public static readonly string Renew = Shared + Source("renew");

    private static string Source(string name)
    {
        using var reader = new StreamReader(typeof(LimitScripts).Assembly.GetManifestResourceStream($"{name}.lua")!);
        return reader.ReadToEnd();
    }
}
