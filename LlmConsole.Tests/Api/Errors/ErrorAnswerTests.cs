using System.Text;
using LlmConsole.Api.Errors;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace LlmConsole.Tests.Api.Errors;

public sealed class ErrorAnswerTests
{
    [Fact]
    public async Task Write_Always_HasTheWholeBody()
    {
        var context = Context();

        await ErrorAnswer.WriteAsync(context, new RefusalException(ErrorCode.InvalidValue, "temperature must be \"low\".", "temperature"));

        var text = Body(context);
        text.ShouldBe("""{"error":{"message":"temperature must be \"low\".","type":"invalid_request_error","param":"temperature","code":"invalid_value","request_id":"req_1","doc_url":"https://llm.example.com/base/docs/errors#invalid_value"}}""");
        context.Response.StatusCode.ShouldBe(400);
        context.Response.ContentType.ShouldBe("application/json");
        context.Response.ContentLength.ShouldBe(Encoding.UTF8.GetByteCount(text));
        context.Response.Headers.ShouldNotContainKey("Retry-After");
        context.Response.Headers.ShouldNotContainKey("WWW-Authenticate");
    }

    [Theory]
    [InlineData(0, "1")]
    [InlineData(-5, "1")]
    [InlineData(0.2, "1")]
    [InlineData(1.2, "2")]
    [InlineData(60, "60")]
    [InlineData(1e10, "2147483647")]
    public async Task Write_RetryAfter_IsWholeSecondsAtLeastOne(double seconds, string expected)
    {
        var context = Context();

        await ErrorAnswer.WriteAsync(context, new RefusalException(ErrorCode.RateLimitExceeded, "Wait.") { RetryAfter = TimeSpan.FromSeconds(seconds) });

        context.Response.Headers.RetryAfter.ToString().ShouldBe(expected);
    }

    [Fact]
    public async Task Write_Unauthorized_NamesTheScheme()
    {
        var context = Context();

        await ErrorAnswer.WriteAsync(context, new RefusalException(ErrorCode.KeyExpired, "Expired."));

        context.Response.Headers.WWWAuthenticate.ToString().ShouldBe("Bearer");
    }

    [Fact]
    public void Of_InvalidConfiguration_NamesTheFirstFieldAndListsAll()
    {
        var refusal = Refusals.Of(new ConfigurationInvalidException([new("name", "A name is needed."), new("models[1]", "Not a name.")]));

        (refusal.Error, refusal.Param, refusal.Message).ShouldBe((ErrorCode.InvalidValue, "name", "A name is needed."));
        refusal.Details.ShouldBe([("name", "A name is needed."), ("models[1]", "Not a name.")]);
    }

    [Fact]
    public void Of_ProblemOfTheWhole_IsAConflict() =>
        Refusals.Of(new ConfigurationInvalidException([new("", "Still used.")])).Error.ShouldBe(ErrorCode.Conflict);

    [Theory]
    [InlineData(400, "invalid_json")]
    [InlineData(408, "request_timeout")]
    [InlineData(413, "body_too_large")]
    [InlineData(431, "headers_too_large")]
    public void Of_BadHttpRequest_KeepsItsMeaning(int status, string code) =>
        Refusals.Of(new BadHttpRequestException("internal wording", status)).Error.Code.ShouldBe(code);

    [Fact]
    public void Of_AnythingElse_TellsNothing()
    {
        var refusal = Refusals.Of(new InvalidOperationException("password=hunter2"));

        refusal.Error.ShouldBe(ErrorCode.InternalError);
        refusal.Message.ShouldNotContain("hunter2");
    }

    private static DefaultHttpContext Context() => new()
    {
        TraceIdentifier = "req_1",
        Request = { Scheme = "https", Host = new HostString("llm.example.com"), PathBase = "/base" },
        Response = { Body = new MemoryStream() },
    };

    private static string Body(HttpContext context) => Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
}
