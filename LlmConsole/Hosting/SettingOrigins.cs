using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmConsole.Hosting;

/// <summary>Where settings come from: who wins is who came last, as when they were read.</summary>
internal sealed class SettingOrigins(IConfiguration configuration)
{
    /// <summary>The setting with its value and origin; a secret one only says that it is set.</summary>
    public SettingState Of(KnownSetting setting)
    {
        var origin = Find(configuration, setting.Key) is { } provider ? Name(provider, setting) : null;
        var text = setting.IsSecret ? "set, not shown" : configuration[setting.Key];
        return new SettingState(setting, origin is null ? setting.Default : text ?? "", origin ?? new SettingOrigin("default", null));
    }

    /// <summary>The settings of trusted issuers: there are as many as somebody configured.</summary>
    public IEnumerable<SettingState> OfJwtIssuers() =>
        from issuer in configuration.GetSection(SettingCatalog.JwtIssuers).GetChildren()
        from setting in issuer.GetChildren()
        select Of(new KnownSetting(setting.Path, "", "A trusted issuer of JWTs"));

    private static IConfigurationProvider? Find(IConfiguration among, string key)
    {
        if (among is not IConfigurationRoot root) return null;
        foreach (var provider in root.Providers.Reverse())
        {
            if (provider is ChainedConfigurationProvider chained)
            {
                if (Find(chained.Configuration, key) is { } inner) return inner;
            }
            else if (provider.TryGet(key, out _))
            {
                return provider;
            }
        }

        return null;
    }

    private SettingOrigin Name(IConfigurationProvider provider, KnownSetting setting) => provider switch
    {
        EnvironmentVariablesConfigurationProvider => new SettingOrigin("environment", setting.Variable),
        CommandLineConfigurationProvider => new SettingOrigin("command line", $"--{setting.Key}"),
        FileConfigurationProvider file => new SettingOrigin("file", file.Source.Path),
        MemoryConfigurationProvider when configuration[$"{setting.Key}{SecretFiles.Suffix}"] is { Length: > 0 } path => new SettingOrigin("secret file", path),
        _ => new SettingOrigin("host", null),
    };
}

/// <summary>Who set a value.</summary>
/// <param name="Kind">In one or two words: <c>default</c>, <c>file</c>, <c>environment</c>.</param>
/// <param name="Name">The file, variable or argument to change.</param>
internal sealed record SettingOrigin(string Kind, string? Name);

/// <summary>A setting as it holds in this process.</summary>
internal sealed record SettingState(KnownSetting Setting, string Value, SettingOrigin Origin);
