using LlmConsole.Core.Redis;

namespace LlmConsole.Core.Limits;

/// <summary>What Redis runs, each in one step: the sources lie in <c>Scripts</c>.</summary>
internal static class LimitScripts
{
    private static readonly string Shared = Source("shared");

    public static readonly RedisScript Turn = new(Shared + Source("states") + Source("admit") + Source("settle") + Source("turn"));
    public static readonly RedisScript Watch = new(Shared + Source("watch"));
    public static readonly RedisScript Seed = new(Shared + Source("seed"));
    public static readonly RedisScript Rejoin = new(Shared + Source("rejoin"));
    public static readonly RedisScript Renew = new(Shared + Source("renew"));

    private static string Source(string name)
    {
        using var reader = new StreamReader(typeof(LimitScripts).Assembly.GetManifestResourceStream($"{name}.lua")!);
        return reader.ReadToEnd();
    }
}
