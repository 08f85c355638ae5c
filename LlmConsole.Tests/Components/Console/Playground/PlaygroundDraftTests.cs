using LlmConsole.Components.Console.Playground;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Tests.Components.Console.Playground;

public sealed class PlaygroundDraftTests
{
    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"Hello"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"},{"role":"user","content":"Why \"so\"?"}],"temperature":0.20,"top_p":0.9,"max_tokens":50,"stop":["a","b"],"response_format":{"type":"json_object"},"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"4"}],"tools":[{"type":"function","function":{"name":"f"}}],"seed":7}""")]
    public void Body_OfWhatWasRead_IsTheSameRequest(string request) =>
        Same(PlaygroundDraft.Read(request).Body("m"), request).ShouldBeTrue();

    [Theory]
    [InlineData("temperature", "2.5")]
    [InlineData("temperature", "warm")]
    [InlineData("top_p", "-1")]
    [InlineData("max_tokens", "0")]
    [InlineData("max_tokens", "1e9")]
    [InlineData("stop", "a\nb\nc\nd\ne")]
    [InlineData("other", "seed: 7")]
    [InlineData("other", """{"model":"another"}""")]
    [InlineData("messages", " ")]
    public void Body_WhatCannotBeSent_SaysSoAtItsField(string field, string text)
    {
        var draft = new PlaygroundDraft();
        draft.Messages[0].Text = field == "messages" ? text : "Hello";
        switch (field)
        {
            case "temperature": draft.Temperature = text; break;
            case "top_p": draft.TopP = text; break;
            case "max_tokens": draft.MaxTokens = text; break;
            case "stop": draft.Stop = text; break;
            case "other": draft.Other = text; break;
        }

        Should.Throw<ConfigurationInvalidException>(() => draft.Body("m")).Problems.ShouldHaveSingleItem().Field.ShouldBe(field);
    }

    [Fact]
    public void Read_MessagesThatAreMoreThanText_StandAsJson() =>
        PlaygroundDraft.Read("""{"messages":[{"role":"user","content":"Hi","name":"ada"}]}""").Messages.ShouldHaveSingleItem().Role.ShouldBe(PlaygroundMessage.AsJson);

    private static bool Same(string one, string other) => System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.Nodes.JsonNode.Parse(one), System.Text.Json.Nodes.JsonNode.Parse(other));
}
