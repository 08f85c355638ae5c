using LlmConsole.Core.Configuration;
using LlmConsole.Core.Routing;

namespace LlmConsole.Tests.Routing;

public sealed class AttemptFailureTests
{
    private static readonly Provider Provider = new() { Id = "prv", Name = "Local", Kind = ProviderKind.Ollama };

    public static TheoryData<string> Messages =>
    [
        AttemptFailure.Unreachable(Provider).Message, AttemptFailure.Malformed(Provider).Message, AttemptFailure.Locked(Provider).Message,
        .. Enumerable.Range(401, 4).Append(500).Select(status => AttemptFailure.From(Provider, status, null, default!).Message),
    ];

    /// <summary>Callers, and administrators on the chat page, in the playground and in tests of models, read the same text: it says who can do something, and what.</summary>
    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_ThatNeedsAnAdministrator_IsRightForOneToo(string message)
    {
        message.ShouldContain("an administrator ", Case.Insensitive);
        message.ShouldNotContain("your administrator");
    }
}
