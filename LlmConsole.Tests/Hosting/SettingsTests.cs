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
            ("Limits:MaxBodyBytes", "ten"), ("Docs:Enabled", "perhaps"), ("Cors:Origins", "https://app.example.com/path"), ("urls", "tcp://x"), ("Bootstrap:AdminKey", "llmc_admin_short"),
            ("Authentication:Jwt:Issuers:0:Issuer", "https://id.example"), ("ConnectionStrings:Main", "nonsense")));

        foreach (var name in (string[])["Limits:MaxBodyBytes (Limits__MaxBodyBytes)", "Docs:Enabled (Docs__Enabled)", "Cors:Origins (Cors__Origins)", "ASPNETCORE_URLS", "Bootstrap:AdminKey (Bootstrap__AdminKey)", "Authentication__Jwt__Issuers__0__Audience", "ConnectionStrings__Main"])
            refusal.Message.ShouldContain(name);
        refusal.Message.ShouldContain("between 1024 and 1073741824");
    }

    [Fact]
    public void Read_Retention_IsForEverUnlessSetAndNeverShorterThanAMonth()
    {
        Read().Retentions.ShouldBeEmpty();
        Read(("Ledger:RetentionDays", "32"), ("Audit:RetentionDays", "1")).Retentions.Select(retention => retention.KeptFor.TotalDays).ShouldBe([32, 1]);
        Should.Throw<StartRefusedException>(() => Read(("Ledger:RetentionDays", "31"))).Message.ShouldContain("Ledger:RetentionDays (Ledger__RetentionDays) must be a whole number between 32 and 36500.");
    }

    [Fact]
    public void Read_BadConnectionString_DoesNotRepeatIt() =>
        Should.Throw<StartRefusedException>(() => Read(("ConnectionStrings:Main", "Host=db;Passwort=hunter2"))).Message.ShouldNotContain("hunter2");

    [Theory]
    [InlineData("redis:6379,passwort=hunter2")]
    [InlineData("redis:6379,ssl=hunter2")]
    [InlineData(",password=hunter2")]
    public void Read_BadRedis_NamesTheSettingAndDoesNotRepeatIt(string text)
    {
        var refusal = Should.Throw<StartRefusedException>(() => Read(("ConnectionStrings:Redis", text)));

        refusal.Message.ShouldContain("ConnectionStrings:Redis (ConnectionStrings__Redis)");
        refusal.Message.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Read_Redis_HasItsBoundAndPrefix()
    {
        var settings = Read(("ConnectionStrings:Redis", "redis:6379,password=x"), ("Redis:TimeoutMilliseconds", "50"), ("Redis:KeyPrefix", "here:"));

        (settings.Redis.ConnectionString, settings.Redis.Timeout, settings.Redis.KeyPrefix).ShouldBe(("redis:6379,password=x", TimeSpan.FromMilliseconds(50), "here:"));
    }

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
