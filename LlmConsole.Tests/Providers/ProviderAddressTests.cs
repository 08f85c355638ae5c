using LlmConsole.Core.Configuration;
using LlmConsole.Core.Providers;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Providers;

/// <summary>An administrator's provider may be loopback or private, but never link-local or a metadata service, in whatever notation: neither when it is saved nor when it is connected to.</summary>
public sealed class ProviderAddressTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    public static readonly TheoryData<string> Forbidden =
    [
        "http://169.254.169.254", "http://2852039166", "http://0251.0376.0251.0376", "http://[::ffff:a9fe:a9fe]", "http://[::169.254.169.254]", "http://[64:ff9b::a9fe:a9fe]",
        "http://[2002:a9fe:a9fe::1]", "http://[2001:0:1:2:3:4:5601:5601]", "http://[fe80::1]", "http://[fe80::1%25eth0]", "http://[fd00:ec2::254]", "http://100.100.100.200", "http://168.63.129.16", "http://192.0.0.192",
        "http://224.0.0.1", "http://255.255.255.255", "http://[ff02::1]",
    ];

    [Theory]
    [MemberData(nameof(Forbidden))]
    public async Task Address_LinkLocalOrMetadata_IsNeitherSavedNorConnectedTo(string address)
    {
        var provider = At(address);
        ProblemsOf(provider).ShouldHaveSingleItem().Field.ShouldBe("baseUrl");
        var upstream = fixture.App.Services.GetRequiredService<Upstream>();
        (await Should.ThrowAsync<HttpRequestException>(() => upstream.ModelsAsync(provider, null, TestContext.Current.CancellationToken))).Message.ShouldContain("no address that may be connected to");
    }

    /// <summary>The look-up of these fails by itself.</summary>
    [Theory]
    [InlineData("http://169.254.169.254.")]
    [InlineData("http://0")]
    [InlineData("http://[::]")]
    [InlineData("http://metadata.google.internal.")]
    public void Address_OfNoHost_IsNotSaved(string address) => ProblemsOf(At(address)).ShouldHaveSingleItem().Field.ShouldBe("baseUrl");

    [Theory]
    [InlineData("http://127.0.0.1:11434")]
    [InlineData("http://[::1]:8000")]
    [InlineData("http://10.0.0.1")]
    [InlineData("http://192.168.1.1")]
    [InlineData("http://[fd12::1]")]
    [InlineData("http://198.18.0.1")]
    [InlineData("https://api.example.com")]
    public void Address_LoopbackPrivateOrPublic_IsSaved(string address) => ProblemsOf(At(address)).ShouldBeEmpty();

    private static List<Problem> ProblemsOf(Provider provider)
    {
        var problems = new List<Problem>();
        ProviderRules.Check(provider, problems);
        return problems;
    }

    private static Provider At(string address) =>
        new() { Id = "prv_1", Name = "Somebody", Kind = ProviderKind.OpenAICompatible, BaseUrl = new Uri($"{address}/v1"), CreatedAt = DateTimeOffset.UnixEpoch };
}
