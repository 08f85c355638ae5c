namespace LlmConsole.Core.Configuration;

/// <summary>What a user must look like, and who may touch whom.</summary>
public static class UserRules
{
    public const int MinPasswordLength = 10;
    public const int MaxPasswordLength = 256;
    public const int MaxEmailLength = 254;

    /// <summary>Everything that is wrong with the user on this configuration.</summary>
    public static IReadOnlyList<Problem> Check(ConfigurationSnapshot snapshot, UserAccount user)
    {
        var problems = new List<Problem>();
        if (Email(user.Email) is { } email) problems.Add(email);
        if (!Enum.IsDefined(user.Role)) problems.Add(new("role", "Choose owner, admin, viewer or member."));
        if (user.TenantId is { } tenant && !snapshot.Tenants.ContainsKey(tenant)) problems.Add(new("tenant", "There is no such tenant. Choose one that exists."));
        if (user is { Role: UserRole.Member, TenantId: null }) problems.Add(new("tenant", "A member chats for a tenant. Choose one."));
        return problems;
    }

    /// <summary>What is wrong with an e-mail address, or nothing.</summary>
    public static Problem? Email(string? email)
    {
        if (string.IsNullOrWhiteSpace(email)) return new("email", "An e-mail address is needed.");
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return at <= 0 || at == email.Length - 1 || at != email.LastIndexOf('@') || email.Length > MaxEmailLength || email.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? new("email", "This is not an e-mail address. Enter one such as ada@example.com.")
            : null;
    }

    /// <summary>What is wrong with a new password, or nothing. Length is what makes a password strong, so there are no other rules.</summary>
    public static Problem? Password(string? password) => password switch
    {
        null or { Length: < MinPasswordLength } => new("password", $"A password has at least {MinPasswordLength} characters."),
        { Length: > MaxPasswordLength } => new("password", $"A password has at most {MaxPasswordLength} characters."),
        _ => null,
    };

    /// <summary>Only owners touch owners, and only they make new ones.</summary>
    public static bool MayTouch(UserRole editor, UserRole current, UserRole next) =>
        editor == UserRole.Owner || (editor == UserRole.Admin && current != UserRole.Owner && next != UserRole.Owner);
}
