using Microsoft.AspNetCore.Identity;

namespace LlmConsole.Core.Configuration;

/// <summary>Someone who signs in with a browser. Calls of the chat page are made in the name of the user's tenant.</summary>
public sealed class User : IdentityUser
{
    public UserRole Role { get; set; }

    /// <summary>The tenant that the user chats for; without one the chat page is closed.</summary>
    public string? TenantId { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>The end of the lockout of a user whom an administrator disabled; a lockout after wrong passwords ends within minutes.</summary>
    public static readonly DateTimeOffset Forever = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether an administrator closed the account.</summary>
    public bool IsDisabled => LockoutEnd >= Forever;
}

/// <summary>What a user may do. Each role may do what the ones after it may.</summary>
public enum UserRole
{
    /// <summary>Everything, including other owners.</summary>
    Owner,

    /// <summary>Edits the configuration.</summary>
    Admin,

    /// <summary>Sees the console and changes nothing.</summary>
    Viewer,

    /// <summary>Chats, for one tenant.</summary>
    Member,
}
