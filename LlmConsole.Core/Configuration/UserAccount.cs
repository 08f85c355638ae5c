namespace LlmConsole.Core.Configuration;

/// <summary>A user as administrators, the API and the audit log see one: without password and stamps.</summary>
public sealed record UserAccount
{
    public required string Id { get; init; }
    public required string Email { get; init; }
    public required UserRole Role { get; init; }

    /// <summary>The tenant that the user chats for.</summary>
    public string? TenantId { get; init; }

    /// <summary>Closed by an administrator: can't sign in, and is signed out within seconds.</summary>
    public bool Disabled { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    public static UserAccount Of(User user) => new()
    {
        Id = user.Id, Email = user.Email ?? "", Role = user.Role, TenantId = user.TenantId, Disabled = user.IsDisabled, CreatedAt = user.CreatedAt,
    };
}

/// <summary>A user to create.</summary>
/// <param name="Email">Also the name to sign in with.</param>
/// <param name="Password">At least ten characters.</param>
/// <param name="Role">What the user may do.</param>
/// <param name="TenantId">The tenant to chat for; a member needs one.</param>
public sealed record NewUser(string Email, string Password, UserRole Role, string? TenantId);
