using System.Diagnostics;
using System.Text;
using LlmConsole.Components.Console.Webhooks;
using LlmConsole.Core.Webhooks;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Components.Console;

public sealed class VerifyCodeTests
{
    [Fact]
    public async Task Node_OfTheSnippet_AcceptsWhatIsSentAndNothingElse()
    {
        Needs.Program("node");
        var (secret, old, now) = (WebhookSignature.NewSecret(), WebhookSignature.NewSecret(), TimeProvider.System.GetUtcNow());
        var body = """{"type":"job.failed"}""";
        var both = WebhookSignature.Sign([secret, old], "msg_1", now, Encoding.UTF8.GetBytes(body));
        var stale = WebhookSignature.Sign([secret], "msg_1", now.AddMinutes(-6), Encoding.UTF8.GetBytes(body));
        var script = $$"""
            {{VerifyCode.Of("Node")}}
            const body = Buffer.from('{{body}}');
            const at = (seconds, signature) => ({ "webhook-id": "msg_1", "webhook-timestamp": String(seconds), "webhook-signature": signature });
            const good = at({{now.ToUnixTimeSeconds()}}, "{{both}}");
            console.log([
              verify("{{secret}}", good, body), verify("{{old}}", good, body), verify("{{WebhookSignature.NewSecret()}}", good, body),
              verify("{{secret}}", good, Buffer.from('{}')), verify("{{secret}}", at({{now.AddMinutes(-6).ToUnixTimeSeconds()}}, "{{stale}}"), body),
            ].join());
            """;

        using var node = Process.Start(new ProcessStartInfo(Needs.Find("node")!, ["-e", script]) { RedirectStandardOutput = true })!;

        (await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim().ShouldBe("true,true,false,false,false");
    }

    [Fact]
    public void Snippets_Always_AreForEachLanguageOffered() => VerifyCode.Languages.Select(VerifyCode.Of).Distinct().Count().ShouldBe(VerifyCode.Languages.Count);
}
