using LlmConsole.Core.Storage;
using LlmConsole.Hosting;
using Microsoft.Extensions.Configuration;

namespace LlmConsole.Tests.Hosting;

public sealed class SettingsTests
{
    [Fact]
    public void Read_Nothing_HasDefaults()
    {
        var settings = Read();

        settings.MaxBodyBytes.ShouldBe(10 * 1024 * 1024);
        settings.Storage.IsPostgres.ShouldBeFalse();
        settings.Storage.SqliteFile.ShouldEndWith("/data/llmconsole.db");
    }

    [Fact]
    public void Read_SeveralBadValues_NamesEachInBothForms()
    {
        var refusal = Should.Throw<StartRefusedException>(() => Read(
            ("Limits:MaxBodyBytes", "ten"), ("Docs:Enabled", "perhaps"), ("urls", "tcp://x"), ("Bootstrap:AdminKey", "llmc_admin_short"),
            ("Authentication:Jwt:Issuers:0:Issuer", "https://id.example"), ("ConnectionStrings:Main", "nonsense")));

        foreach (var name in (string[])["Limits:MaxBodyBytes (Limits__MaxBodyBytes)", "Docs:Enabled (Docs__Enabled)", "ASPNETCORE_URLS", "Bootstrap:AdminKey (Bootstrap__AdminKey)", "Authentication__Jwt__Issuers__0__Audience", "ConnectionStrings__Main"])
            refusal.Message.ShouldContain(name);
        refusal.Message.ShouldContain("between 1024 and 1073741824");
    }

    [Fact]
    public void Read_BadConnectionString_DoesNotRepeatIt() =>
        Should.Throw<StartRefusedException>(() => Read(("ConnectionStrings:Main", "Host=db;Passwort=hunter2"))).Message.ShouldNotContain("hunter2");

    [Fact]
    public void AddSecretFiles_FileSetting_IsReadFromTheFile()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "Host=db;Username=app;Password=secret\n");
            var configuration = new ConfigurationManager();
            configuration.AddInMemoryCollection([new("ConnectionStrings:Main_FILE", file)]);

            configuration.AddSecretFiles();

            configuration["ConnectionStrings:Main"].ShouldBe("Host=db;Username=app;Password=secret");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Settings Read(params (string Key, string Value)[] values) =>
        Settings.Read(new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => new KeyValuePair<string, string?>(value.Key, value.Value))).Build());
}
