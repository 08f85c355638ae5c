using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Admin;

/// <summary>A user as it is sent.</summary>
internal sealed record UserBody
{
    /// <summary>Also the name to sign in with.</summary>
    public Optional<string> Email { get; init; }

    /// <summary>At least ten characters. A new password ends the user's sessions.</summary>
    public Optional<string> Password { get; init; }
    public Optional<UserRole> Role { get; init; }

    /// <summary>The name or id of the tenant to chat for; a member needs one.</summary>
    public Optional<string> Tenant { get; init; }

    /// <summary>A disabled user can't sign in, and is signed out within seconds.</summary>
    public Optional<bool> Disabled { get; init; }

    public NewUser ToNew(ConfigurationSnapshot snapshot)
    {
        if (!Role.IsSent) throw new RefusalException(ErrorCode.InvalidValue, "A role is needed: owner, admin, viewer or member.", "role");
        if (Disabled.Value) throw new RefusalException(ErrorCode.InvalidValue, "A new user can't be disabled. Create the user first, or leave this out.", "disabled");
        return new NewUser(Email.Value ?? "", Password.Value ?? "", Role.Value, TenantId(snapshot, null));
    }

    public UserAccount ApplyTo(UserAccount user, ConfigurationSnapshot snapshot) => user with
    {
        Email = Email.Or(user.Email) ?? "",
        Role = Role.Or(user.Role),
        TenantId = TenantId(snapshot, user.TenantId),
        Disabled = Disabled.Or(user.Disabled),
    };

    /// <summary>What was sent stays as it is when no tenant answers to it, so that the rules refuse it by name.</summary>
    private string? TenantId(ConfigurationSnapshot snapshot, string? current) =>
        !Tenant.IsSent ? current : Tenant.Value is { } tenant ? snapshot.FindTenant(tenant)?.Id ?? tenant : null;
}

/// <summary>A user as it is answered; never with anything of the password.</summary>
internal sealed record UserView : IConfigured
{
    public string Object { get; } = "user";
    public required string Id { get; init; }
    public required string Email { get; init; }
    public required UserRole Role { get; init; }

    /// <summary>The tenant's name.</summary>
    public string? Tenant { get; init; }
    public string? TenantId { get; init; }
    public bool Disabled { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    string IConfigured.Name => Email;

    public static UserView From(UserAccount user, ConfigurationSnapshot snapshot) => new()
    {
        Id = user.Id, Email = user.Email, Role = user.Role, Tenant = snapshot.FindTenant(user.TenantId)?.Name, TenantId = user.TenantId, Disabled = user.Disabled, CreatedAt = user.CreatedAt,
    };
}
