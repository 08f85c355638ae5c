using System.Text.RegularExpressions;
using LlmConsole.Hosting;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace LlmConsole.Tests.Hosting;

public sealed partial class SettingOriginsTests
{
    private static readonly KnownSetting Drain = new("Hosting:DrainSeconds", "30", "How long");
    private static readonly KnownSetting Database = new("ConnectionStrings:Main", "SQLite", "The database") { IsSecret = true };

    [Fact]
    public void Of_NotSet_IsTheDefault()
    {
        var state = Of(Drain, new ConfigurationBuilder());

        (state.Value, state.Origin).ShouldBe(("30", new SettingOrigin("default", null)));
        Drain.Variable.ShouldBe("Hosting__DrainSeconds");
    }

    [Fact]
    public void Of_SetInSeveralPlaces_NamesTheOneThatWins()
    {
        Environment.SetEnvironmentVariable("ORIGINS_Hosting__DrainSeconds", "12");
        var builder = new ConfigurationBuilder().AddInMemoryCollection([new("Hosting:DrainSeconds", "5")]).AddEnvironmentVariables("ORIGINS_");

        (Of(Drain, builder).Value, Of(Drain, builder).Origin).ShouldBe(("12", new SettingOrigin("environment", "Hosting__DrainSeconds")));
        (Of(Drain, builder.AddCommandLine(["--Hosting:DrainSeconds", "7"])).Value, Of(Drain, builder).Origin).ShouldBe(("7", new SettingOrigin("command line", "--Hosting:DrainSeconds")));
    }

    [Fact]
    public void Of_SetByWhoeverStartsTheProcess_IsFoundBehindTheChain()
    {
        var host = new ConfigurationBuilder().AddCommandLine(["--Hosting:DrainSeconds=9"]).Build();

        Of(Drain, new ConfigurationBuilder().AddConfiguration(host)).Origin.Kind.ShouldBe("command line");
    }

    [Fact]
    public void Of_Secret_IsNeverShown()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "Host=db;Password=hunter2hunter2\n");
        var configuration = new ConfigurationManager();
        configuration.AddCommandLine(["--ConnectionStrings:Main_FILE", file]);
        configuration.AddSecretFiles();

        var state = new SettingOrigins(configuration).Of(Database);

        File.Delete(file);
        state.Value.ShouldBe("set, not shown");
        state.Origin.ShouldBe(new SettingOrigin("secret file", file));
    }

    [Fact]
    public void Catalog_Always_HoldsWhatTheDocumentationLists()
    {
        var listed = RepositoryFiles.Lines("docs/operations.md").SkipWhile(line => !line.StartsWith("| setting |", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith('|'))
            .SelectMany(line => Key().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value)).Where(key => !key.StartsWith(SettingCatalog.JwtIssuers, StringComparison.Ordinal) && key != "ASPNETCORE_URLS");

        SettingCatalog.All.Select(setting => setting.Key).ShouldBe(listed, ignoreOrder: true);
    }

    private static SettingState Of(KnownSetting setting, IConfigurationBuilder builder) => new SettingOrigins(builder.Build()).Of(setting);

    [GeneratedRegex("`([A-Za-z_:]+)`")]
    private static partial Regex Key();
}
