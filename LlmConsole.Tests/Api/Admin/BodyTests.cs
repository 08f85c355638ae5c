using System.Net;
using System.Text;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api.Admin;

public sealed class BodyTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    [Theory]
    [InlineData("models", """{"name":5}""", "name")]
    [InlineData("tiers", """{"requestsPerMinute":"60"}""", "requestsPerMinute")]
    [InlineData("tiers", """{"requestsPerMinute":1.5}""", "requestsPerMinute")]
    [InlineData("tiers", """{"requestsPerMinute":99999999999}""", "requestsPerMinute")]
    [InlineData("tiers", """{"models":"*"}""", "models")]
    [InlineData("tiers", """{"models":["a",5]}""", "models[1]")]
    [InlineData("tiers", """{"name":"x","cashe":{}}""", "cashe")]
    [InlineData("tiers", """{"Name":"x"}""", "Name")]
    [InlineData("tiers", """{"name":"x","name":"y"}""", "name")]
    [InlineData("tiers", """{"name":"\ud800"}""", "name")]
    [InlineData("tiers", """{"name":"a\u0000b"}""", "name")]
    [InlineData("models", """{"targets":[{"provider":"Simulator","model":"a\u0000b"}]}""", "targets[0].model")]
    [InlineData("tiers", "[]", null)]
    [InlineData("tiers", "null", null)]
    [InlineData("keys", """{"expiresAt":"tomorrow"}""", "expiresAt")]
    [InlineData("keys", """{"kind":"root"}""", "kind")]
    [InlineData("keys", """{"kind":0}""", "kind")]
    [InlineData("models", """{"targets":[{"provider":"Simulator","weight":"1"}]}""", "targets[0].weight")]
    [InlineData("models", """{"targets":[{},{"url":"http://x"}]}""", "targets[1].url")]
    [InlineData("models", """{"timeouts":{"idleSeconds":1,"idleSeconds":2}}""", "timeouts.idleSeconds")]
    [InlineData("models", """{"prices":{"inputPerMillion":0.0000000001}}""", "prices.inputPerMillion")]
    [InlineData("models", """{"prices":{"inputPerMillion":1e20}}""", "prices.inputPerMillion")]
    public async Task Post_WrongField_RefusesByName(string path, string body, string? param)
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.PostAsync(path, body)).ExpectError(HttpStatusCode.BadRequest, "invalid_value", param);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"name":"x""")]
    [InlineData("""{"name":"x"} {}""")]
    [InlineData("""{"name":"x",}""")]
    [InlineData("""{'name':'x'}""")]
    public async Task Post_NotJson_Refuses(string body)
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.PostAsync("tiers", body)).ExpectError(HttpStatusCode.BadRequest, "invalid_json");
    }

    [Fact]
    public async Task Post_NestedDeeply_Refuses()
    {
        var admin = await AdminClient.OfAsync(fixture.App);
        var deep = new StringBuilder().Append('[', 100_000).Append(']', 100_000);

        (await admin.PostAsync("tiers", $$"""{"name":{{deep}}}""")).ExpectError(HttpStatusCode.BadRequest, "invalid_json");
    }

    [Fact]
    public async Task Post_WrongField_SaysWhatIsExpected()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        Message(await admin.PostAsync("tiers", """{"name":5}""")).ShouldBe("name must be text.");
        Message(await admin.PostAsync("keys", """{"kind":"root"}""")).ShouldBe("kind must be one of live, admin.");
        Message(await admin.PostAsync("providers", """{"kind":"root"}""")).ShouldStartWith("kind must be one of openai, openai-compatible");

        static string? Message(Answer answer) => answer["error"].GetProperty("message").GetString();
    }

    [Fact]
    public async Task Post_AnotherMediaType_Refuses()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.SendAsync(HttpMethod.Post, "tiers", """{"name":"x"}""", "text/plain")).ExpectError(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        (await admin.PostAsync("tiers")).ExpectError(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Fact]
    public async Task Post_OverAMegabyte_Refuses()
    {
        var admin = await AdminClient.OfAsync(fixture.App);

        (await admin.PostAsync("tiers", $$"""{"name":"{{new string('x', 1024 * 1024)}}"}""")).ExpectError(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }
}
