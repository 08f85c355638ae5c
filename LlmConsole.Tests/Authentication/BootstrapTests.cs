using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Authentication;

public sealed class BootstrapTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("llmconsole-").FullName;

    [Fact]
    public async Task Start_EmailAndPassword_CreatesTheOwnerOnce()
    {
        await using (var first = await StartAsync(("Bootstrap:AdminEmail", "ada@example.com"), ("Bootstrap:AdminPassword", BrowserSession.Password)))
        {
            using var browser = new BrowserSession(first);
            (await browser.SignInAsync("ada@example.com")).StatusCode.ShouldBe(System.Net.HttpStatusCode.Redirect);
            first.Log.Lines.ShouldNotContain(line => line.Contains("/setup?token=", StringComparison.Ordinal));
        }

        await using var second = await StartAsync(("Bootstrap:AdminEmail", "eve@example.com"), ("Bootstrap:AdminPassword", "quite another one"));

        var users = await second.Services.GetRequiredService<UserDirectory>().ListAsync(TestContext.Current.CancellationToken);
        users.ShouldHaveSingleItem().Email.ShouldBe("ada@example.com");
    }

    [Fact]
    public async Task Start_GivenAdminKey_WorksAndIsNotLogged()
    {
        var key = KeyFormat.Generate(ApiKeyKind.Admin);
        await using var app = await StartAsync(("Bootstrap:AdminKey", key));
        using var client = app.Client(key);

        (await client.GetAsync(new Uri("/admin/v1/tiers", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        app.Log.Lines.ShouldNotContain(line => line.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_GenerateTwice_PrintsOneKeyOnce()
    {
        string key;
        await using (var first = await StartAsync(("Bootstrap:AdminKey", "generate")))
        {
            var line = first.Log.Lines.Single(line => line.Contains("llmc_admin_", StringComparison.Ordinal));
            key = line[line.IndexOf("llmc_admin_", StringComparison.Ordinal)..];
            KeyFormat.TryParse(key, out _).ShouldBeTrue();
        }

        await using var second = await StartAsync(("Bootstrap:AdminKey", "generate"));

        second.Log.Lines.ShouldNotContain(line => line.Contains("llmc_admin_", StringComparison.Ordinal));
        second.Configuration.Keys.Values.ShouldHaveSingleItem().LastFour.ShouldBe(key[^4..]);
    }

    [Theory]
    [InlineData("AdminEmail", "ada@example.com", "Bootstrap:AdminPassword (Bootstrap__AdminPassword)")]
    [InlineData("AdminPassword", "correct horse", "Bootstrap:AdminEmail (Bootstrap__AdminEmail)")]
    [InlineData("AdminKey", "llmc_admin_short", "Bootstrap:AdminKey (Bootstrap__AdminKey)")]
    [InlineData("AdminKey", "hunter2hunter2", "Bootstrap:AdminKey (Bootstrap__AdminKey)")]
    public void Check_BadValue_NamesTheSettingAndNotTheValue(string setting, string value, string expected)
    {
        var problem = Problems((setting, value)).ShouldHaveSingleItem();

        problem.ShouldStartWith(expected);
        problem.ShouldNotContain(value);
    }

    [Fact]
    public void Check_SeveralBadValues_NamesEachOfThem() =>
        Problems(("AdminEmail", "ada"), ("AdminPassword", "short"), ("AdminKey", KeyFormat.Generate(ApiKeyKind.Live))).Count.ShouldBe(3);

    [Fact]
    public void Check_NothingSet_IsFine() => Problems().ShouldBeEmpty();

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private Task<RunningApp> StartAsync(params (string, string)[] settings) => RunningApp.StartAsync(null, _data, settings);

    private static List<string> Problems(params (string Key, string Value)[] settings)
    {
        var problems = new List<string>();
        var values = settings.Select(setting => KeyValuePair.Create<string, string?>($"Bootstrap:{setting.Key}", setting.Value));
        Bootstrap.Check(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), problems);
        return problems;
    }
}
