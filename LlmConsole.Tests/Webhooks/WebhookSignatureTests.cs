using System.Text;
using LlmConsole.Core.Webhooks;

namespace LlmConsole.Tests.Webhooks;

public sealed class WebhookSignatureTests
{
    /// <summary>The vectors that Standard Webhooks publishes with its libraries and its specification.</summary>
    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, """{"test": 2432232314}""", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121, """{"event_type":"ping","data":{"success":true}}""", "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=")]
    public void Sign_PublishedVector_IsWhatItSays(string secret, string id, long timestamp, string body, string signature) =>
        WebhookSignature.Sign([secret], id, DateTimeOffset.FromUnixTimeSeconds(timestamp).AddMilliseconds(900), Encoding.UTF8.GetBytes(body)).ShouldBe(signature);

    [Fact]
    public void Sign_TwoSecrets_SignsWithEach()
    {
        var (fresh, old) = (WebhookSignature.NewSecret(), WebhookSignature.NewSecret());
        var at = DateTimeOffset.UnixEpoch;

        WebhookSignature.Sign([fresh, old], "msg_1", at, "{}"u8.ToArray())
            .ShouldBe($"{WebhookSignature.Sign([fresh], "msg_1", at, "{}"u8.ToArray())} {WebhookSignature.Sign([old], "msg_1", at, "{}"u8.ToArray())}");
    }

    [Fact]
    public void NewSecret_Always_HasTheLengthThatTheStandardAsksFor()
    {
        var secret = WebhookSignature.NewSecret();

        secret.ShouldStartWith("whsec_");
        Convert.FromBase64String(secret["whsec_".Length..]).Length.ShouldBeInRange(24, 64);
        WebhookSignature.NewSecret().ShouldNotBe(secret);
    }
}
