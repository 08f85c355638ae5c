using LlmConsole.Core.Configuration;
using LlmConsole.Hosting;

namespace LlmConsole.Authentication;

/// <summary>
/// Set-up without a browser, by settings: the first owner (<c>Bootstrap:AdminEmail</c>, <c>Bootstrap:AdminPassword</c>) and the first admin
/// key (<c>Bootstrap:AdminKey</c>: a key, or <c>generate</c>). Once there is an owner, or ever was an admin key, the setting changes nothing.
/// </summary>
internal sealed partial class Bootstrap(IConfiguration configuration, UserDirectory users, ConfigurationEditor editor, TimeProvider time, ILogger<Bootstrap> logger)
{
    public const string EmailSetting = "Bootstrap:AdminEmail";
    public const string PasswordSetting = "Bootstrap:AdminPassword";
    public const string KeySetting = "Bootstrap:AdminKey";
    private const string Generate = "generate";

    public async Task ApplyAsync(CancellationToken cancellation)
    {
        var (email, password, key) = Read(configuration);
        if (email is not null && password is not null && !await users.HasOwnerAsync(cancellation) && await users.CreateFirstOwnerAsync(email, password, Actor.System, cancellation) is { } owner) LogOwner(logger, owner.Email);
        if (key is not null) await CreateKeyAsync(key, cancellation);
    }

    /// <summary>Adds what is wrong with the settings.</summary>
    public static void Check(IConfiguration configuration, List<string> problems)
    {
        var (email, password, key) = Read(configuration);
        problems.AddRange(Problems(email, password, key));
    }

    private static (string? Email, string? Password, string? Key) Read(IConfiguration configuration)
    {
        return (Value(EmailSetting), Value(PasswordSetting), Value(KeySetting));

        string? Value(string setting) => string.IsNullOrWhiteSpace(configuration[setting]) ? null : configuration[setting];
    }

    private static IEnumerable<string> Problems(string? email, string? password, string? key)
    {
        if (email is null && password is not null) yield return $"{SettingName.Of(EmailSetting)} is missing, but {PasswordSetting} is set. Set both or neither.";
        if (password is null && email is not null) yield return $"{SettingName.Of(PasswordSetting)} is missing, but {EmailSetting} is set. Set both or neither.";
        if (email is not null && UserRules.Email(email) is { } badEmail) yield return $"{SettingName.Of(EmailSetting)}: {badEmail.Message}";
        if (password is not null && UserRules.Password(password) is { } badPassword) yield return $"{SettingName.Of(PasswordSetting)}: {badPassword.Message}";
        if (key is not (null or Generate) && !(KeyFormat.TryParse(key, out var kind) && kind == ApiKeyKind.Admin))
            yield return $"{SettingName.Of(KeySetting)} must be an admin key (llmc_admin_, 32 characters and their checksum) or the word {Generate}.";
    }

    private async Task CreateKeyAsync(string setting, CancellationToken cancellation)
    {
        var issued = IssuedKey.Create(ApiKeyKind.Admin, "Bootstrap", null, time, setting == Generate ? null : setting);
        var created = false;
        await editor.SaveAsync(Actor.System, snapshot =>
        {
            created = !snapshot.Keys.Values.Any(key => key.Kind == ApiKeyKind.Admin);
            return created ? [Change.Put(issued.Key)] : [];
        }, cancellation);
        if (created && setting == Generate) LogKey(logger, issued.Text);
        else if (created) LogKeyTaken(logger, issued.Key.Masked);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Created the owner {Email:l}.")]
    private static partial void LogOwner(ILogger logger, string email);

    [LoggerMessage(Level = LogLevel.Information, Message = "Created an admin key, shown only now: {AdminKey:l}")]
    private static partial void LogKey(ILogger logger, string adminKey);

    [LoggerMessage(Level = LogLevel.Information, Message = "Created the admin key {AdminKey:l}.")]
    private static partial void LogKeyTaken(ILogger logger, string adminKey);
}
