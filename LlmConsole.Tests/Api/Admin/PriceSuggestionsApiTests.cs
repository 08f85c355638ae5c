using System.Net;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

public sealed class PriceSuggestionsApiTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Fact]
    public async Task Get_DatedSnapshot_TellsThePriceOfItsFamily()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var found = (await admin.GetAsync("price-suggestions?model=gpt-4o-2024-08-06")).Expect(HttpStatusCode.OK)["data"].EnumerateArray().ShouldHaveSingleItem();

        found.GetProperty("model").GetString().ShouldBe("gpt-4o");
        found.GetProperty("inputPerMillion").GetDecimal().ShouldBe(2.5m);
        found.GetProperty("asOf").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Get_UnknownModel_IsEmpty() =>
        (await (await AdminClient.OfAsync(fixture.App)).GetAsync("price-suggestions?model=mine"))["data"].GetArrayLength().ShouldBe(0);

    [Fact]
    public async Task Get_All_ComesInPages()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        var first = await admin.GetAsync("price-suggestions?limit=5");
        var second = await admin.GetAsync($"price-suggestions?limit=5&after={Uri.EscapeDataString(first["next"].GetString()!)}");

        first["data"].EnumerateArray().Concat(second["data"].EnumerateArray()).Select(price => price.GetProperty("model").GetString()).Distinct().Count().ShouldBe(10);
    }
}
