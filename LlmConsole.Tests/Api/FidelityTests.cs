using System.Text.Json;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Api;

/// <summary>What a client sends arrives at the provider as it was sent, and what the provider answers arrives at the client as it was answered.</summary>
public sealed class FidelityTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private ScriptedModel _model = null!;

    public static TheoryData<string> Fields =>
    [
        """ "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}}},"strict":true}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false """,
        """ "response_format" : {"type":"json_schema","json_schema":{"name":"x","strict":true,"schema":{"type":"object","$defs":{}}}} """,
        """ "logprobs":true,"top_logprobs":5,"n":3,"logit_bias":{"50256":-100},"seed":-1,"stop":["a","\u0062"],"temperature":0.50,"top_p":1 """,
        """ "reasoning_effort":"high","reasoning":{"effort":"low","summary":"auto"},"verbosity":"low","max_completion_tokens":64,"service_tier":"flex" """,
        """ "invented_next_year":{"model":"not this one","stream":[true],"nested":[[[{"a":1e3,"b":-0.0,"c":null}]]]},"":"" """,
        "\r\n\t \"spaces\" :\t[ 1 , 2 ,\n3 ] ,\"escapes\":\"\\u00e9\\ud83d\\ude00\\/\\n\",\"raw\":\"é😀\" ",
    ];

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.PublishAsync(fixture.App);

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task Request_AnyFields_ArriveByteForByte(string fields)
    {
        var whole = _model.Ask(fields);
        var streamed = _model.Ask(fields + """,  "stream" : true, "stream_options": { "include_usage" : true, "x":1 } """);

        await _model.PostAsync(whole);
        await _model.PostAsync(streamed);

        _model.Provider.Requests.Select(request => request.Text).ShouldBe([whole, streamed]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"stream\":true")]
    public async Task Answer_OfAModelNamedInAnyLetters_NamesItInItsHeader(string fields)
    {
        var name = $"größe-{Guid.NewGuid():N}";
        await fixture.App.PublishModelAsync(name + "*", _model.Provider.BaseUrl, "m");
        _model.Provider.Next(Play.Answer("Hello."));

        using var answer = await _model.PostAsync(_model.Ask(fields).Replace(_model.Name, name + "\\r\\nx: y", StringComparison.Ordinal));

        (await answer.TextAsync()).ShouldContain("Hello.");
        answer.Headers.GetValues("x-llmconsole-model").ShouldBe([Uri.EscapeDataString(name + "\r\nx: y")]);
        answer.Headers.Contains("x").ShouldBeFalse();
    }

    [Fact]
    public async Task Request_ImagesAndAudio_ArriveByteForByte()
    {
        var image = new string('A', 300_000);
        var body = $$"""
            {"messages":[{"role":"developer","content":[{"type":"text","text":"t","cache_control":{"type":"ephemeral"} }]},
            {"role":"user","name":"u","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{image}}","detail":"low"} },{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"} }]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"} }]},
            {"role":"tool","tool_call_id":"c","content":"ok"}],"model":"{{_model.Name}}"}
            """;

        await _model.PostAsync(body);

        _model.Provider.Requests.ShouldHaveSingleItem().Text.ShouldBe(body);
    }

    [Fact]
    public async Task Request_ModelHasAnotherNameUpstream_OnlyTheNameChanges()
    {
        await using var renamed = await ScriptedModel.PublishAsync(fixture.App, "vendor/\"é\"");
        var body = renamed.Ask(""" "metadata":{"model":"m"} """);

        await renamed.PostAsync(body);

        var request = renamed.Provider.Requests.ShouldHaveSingleItem();
        request.Json.GetProperty("model").GetString().ShouldBe("vendor/\"é\"");
        request.Text.ShouldEndWith(body[(body.IndexOf(renamed.Name, StringComparison.Ordinal) + renamed.Name.Length)..]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream_options\":null")]
    [InlineData(",\"stream_options\":{}")]
    [InlineData(",\"stream_options\":{ }")]
    [InlineData(",\"stream_options\":{\"include_usage\":false}")]
    [InlineData(",\"stream_options\":{\"include_usage\":null,\"x\":1}")]
    [InlineData(",\"stream_options\":{\"include_obfuscation\":false}")]
    public async Task Stream_UsageNotWanted_IsAskedUpstreamAndNotShown(string options)
    {
        _model.Provider.Next(Play.Stream(Sse.Role(), Sse.Delta("a"), Sse.Finish(), Sse.Usage(7, 3), Sse.Done));

        var events = await (await _model.PostAsync(_model.Ask($"\"stream\":true{options}"))).EventsAsync();

        var sent = _model.Provider.Requests.ShouldHaveSingleItem().Json;
        sent.GetProperty("stream_options").GetProperty("include_usage").GetBoolean().ShouldBeTrue();
        if (options.Contains("obfuscation", StringComparison.Ordinal)) sent.GetProperty("stream_options").GetProperty("include_obfuscation").GetBoolean().ShouldBeFalse();
        events.Count.ShouldBe(4);
        events.ShouldAllBe(data => !data.Contains("prompt_tokens"));
        events[^1].ShouldBe("[DONE]");
        var record = (await _model.RecordsAsync()).ShouldHaveSingleItem();
        (record.InputTokens, record.OutputTokens).ShouldBe((7, 3));
    }

    [Fact]
    public async Task Stream_UsageWanted_IsShownOnceWithItsCost()
    {
        _model.Provider.Next(Play.Stream(Sse.Delta("a"), Sse.Finish(), Sse.Usage(7, 3), Sse.Done));

        var events = await (await _model.PostAsync(_model.Ask("\"stream\":true,\"stream_options\":{\"include_usage\":true}"))).EventsAsync();

        var usage = JsonSerializer.Deserialize<JsonElement>(events.Where(data => data.Contains("prompt_tokens", StringComparison.Ordinal)).ShouldHaveSingleItem());
        usage.GetProperty("choices").GetArrayLength().ShouldBe(0);
        usage.GetProperty("usage").GetProperty("prompt_tokens").GetInt32().ShouldBe(7);
        usage.GetProperty("llmconsole").GetProperty("cost_usd").GetDecimal().ShouldBe(0.000013m);
        (await _model.RecordsAsync()).ShouldHaveSingleItem().Cost.Dollars.ShouldBe(0.000013m);
    }

    [Fact]
    public async Task Stream_UsageWantedAndProviderSilent_IsEstimated()
    {
        _model.Provider.Next(Play.Stream(Sse.Delta("some words of an answer"), Sse.Finish(), Sse.Done));

        var events = await (await _model.PostAsync(_model.Ask("\"stream\":true,\"stream_options\":{\"include_usage\":true}"))).EventsAsync();

        var usage = JsonSerializer.Deserialize<JsonElement>(events[^2]).GetProperty("usage");
        usage.GetProperty("completion_tokens").GetInt32().ShouldBeGreaterThan(0);
        (await _model.RecordsAsync()).ShouldHaveSingleItem().OutputTokens.ShouldBe(usage.GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Answer_UnknownFieldsAndFormatting_ArriveByteForByte()
    {
        const string answer = "{ \"id\":\"x\",\"new\":{\"deep\":[1e3,-0.0,\"\\u00e9\"]},\r\n\t\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,\"reasoning_content\":\"hm\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"custom\",\"custom\":{}}]},\"logprobs\":{\"content\":[]},\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"cost_in_stars\":5},\"system_fingerprint\":\"fp\" }\n";
        _model.Provider.Next(Play.Json(answer));

        var response = await _model.PostAsync(_model.Ask());

        (await response.TextAsync()).ShouldBe(answer);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
    }

    [Fact]
    public async Task Stream_UnknownFieldsAndChoices_ArriveByteForByte()
    {
        string[] chunks =
        [
            "{ \"id\":\"x\", \"choices\":[ {\"index\":1,\"delta\":{\"role\":\"assistant\",\"reasoning_content\":\"h\\u006d\"}} ],\"obfuscation\":\"aB3\" }",
            "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}]},\"logprobs\":null}],\"é😀\":[[]]}",
            "{\"choices\":[],\"prompt_filter_results\":[{}]}",
            "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"invented\"},{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}",
        ];
        _model.Provider.Next(Play.Stream([.. chunks.Select(chunk => (StreamStep)Sse.Event(chunk)), Sse.Done]));

        var events = await (await _model.PostAsync(_model.Ask("\"stream\":true"))).EventsAsync();

        events.ShouldBe([.. chunks, "[DONE]"]);
    }

    [Fact]
    public async Task Request_ClientsOwnHeaders_StayHere()
    {
        using var client = fixture.App.Client();
        client.DefaultRequestHeaders.Add("x-api-key", _model.Key);
        client.DefaultRequestHeaders.Add("Cookie", "session=secret");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "10.0.0.1");
        client.DefaultRequestHeaders.Add("OpenAI-Organization", "org-mine");

        await client.PostAsync("/v1/chat/completions", new StringContent(_model.Ask(), null, "application/json"), TestContext.Current.CancellationToken);

        var headers = _model.Provider.Requests.ShouldHaveSingleItem().Headers;
        headers["Authorization"].ShouldBe("Bearer sk-upstream-0123456789");
        headers.Keys.ShouldBeSubsetOf(["Authorization", "Content-Length", "Content-Type", "Host", "User-Agent", "Accept", "traceparent"]);
    }
}
