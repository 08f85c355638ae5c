using System.Net;
using System.Net.Sockets;
using System.Text;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Hosting;

/// <summary>The sample for Caddy, in front of an instance that lives and one that is gone.</summary>
public sealed class CaddySampleTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sample_PassesStreamsAsTheyCome_LeavesOutWhoIsGone_AndShowsNoMetrics()
    {
        await using var model = await ScriptedModel.PublishAsync(fixture.App);
        var gate = new TaskCompletionSource();
        model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), gate.Task, Sse.Delta("lo"), Sse.Finish(), Sse.Usage(5, 2), Sse.Done));

        // Bound and not listened on: whoever connects is refused, and no other test gets the port meanwhile.
        using var gone = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        gone.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var caddy = await CaddyServer.StartAsync(fixture.App.BaseAddress.Port, ((IPEndPoint)gone.LocalEndPoint!).Port);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = caddy.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", model.Key) } };

        using (var answer = await http.SendAsync(Ask("\"stream\":true"), HttpCompletionOption.ResponseHeadersRead, Cancellation))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));
            (await lines.ReadLineAsync(Cancellation)).ShouldNotBeNull().ShouldContain("role");
            gate.SetResult();
            (await lines.ReadToEndAsync(Cancellation)).ShouldEndWith("data: [DONE]\n\n");
        }

        for (var call = 0; call < 4; call++)
        {
            using var answer = await http.SendAsync(Ask(""), Cancellation);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await model.RecordsAsync()).Count.ShouldBe(5);
        (await StatusAsync("/health/live"), await StatusAsync("/metrics")).ShouldBe((HttpStatusCode.OK, HttpStatusCode.NotFound));
        using var direct = await fixture.App.Http.GetAsync("/metrics", Cancellation);
        direct.StatusCode.ShouldBe(HttpStatusCode.OK);

        HttpRequestMessage Ask(string fields) => new(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(model.Ask(fields), Encoding.UTF8, "application/json") };

        async Task<HttpStatusCode> StatusAsync(string path)
        {
            using var answer = await http.GetAsync(path, Cancellation);
            return answer.StatusCode;
        }
    }
}
