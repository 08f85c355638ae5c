using LlmConsole.Components.Shared;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Caching.Semantic;

namespace LlmConsole.Components.Console.Cache;

/// <summary>Where answers and messages are kept, in words.</summary>
internal static class CacheHomesText
{
    public static string Of(CacheHomes homes) =>
        Display.Whole($"This instance keeps {Count(homes.Answers, "answer")} ({Size(homes.Bytes)} of {Size(homes.MaxBytes)}) and {Count(homes.Messages, "message")} as {(homes.Messages == 1 ? "a vector" : "vectors")} of at most {Display.Exact(homes.MaxMessages)}. {Vectors(homes.Vectors)}");

    private static string Vectors(VectorHome home) => home switch
    {
        VectorHome.Redis => "Instances share answers and vectors through Redis.",
        VectorHome.MemoryBesideRedis => "Instances share answers through Redis. It has no vector sets (Redis 8 has), so that a message worded alike is found only by the instance that answered it.",
        VectorHome.Away => "Redis doesn't answer: each instance finds what it has itself.",
        _ => "There is no Redis to share them with other instances.",
    };

    private static string Count(int number, string noun) => $"{Display.Exact(number)} {noun}{(number == 1 ? "" : "s")}";

    private static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => $"{bytes / 1024} KB",
        _ => $"{bytes / (1024 * 1024)} MB",
    };
}
