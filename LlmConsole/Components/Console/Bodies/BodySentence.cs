using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Bodies;

/// <summary>What a policy keeps, in one sentence.</summary>
internal static class BodySentence
{
    public static string Of(BodyPolicy? policy) => policy is null
        ? "Nothing of what is asked and answered is kept."
        : $"Requests and answers are kept for {(policy.RetentionDays == 1 ? "a day" : $"{policy.RetentionDays} days")}, {Masks(policy)}.";

    private static string Masks(BodyPolicy policy)
    {
        var names = Enum.GetValues<BodyMask>().Where(policy.Masks.Contains).Select(Name).ToList();
        return names.Count switch
        {
            0 => "unmasked",
            1 => $"with {names[0]} masked",
            _ => $"with {string.Join(", ", names[..^1])} and {names[^1]} masked",
        };
    }

    public static string Name(BodyMask mask) => mask switch { BodyMask.Secrets => "secrets", BodyMask.Emails => "e-mail addresses", _ => "card numbers" };
}
