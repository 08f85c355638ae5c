using System.ClientModel;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using OpenAI.Chat;

namespace LlmConsole.Tests.Clients;

/// <summary>The OpenAI package through the app to a provider that we script: what arrives there, and how its troubles arrive here.</summary>
public sealed class OpenAISdkUpstreamTests(AppFixture fixture) : IClassFixture<AppFixture>, IAsyncLifetime
{
    private readonly RunningApp _app = fixture.App;
    private readonly string _model = $"m-{Guid.NewGuid():N}";
    private ScriptedProvider _provider = null!;
    private string _key = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _provider = await ScriptedProvider.StartAsync();
        _key = await _app.IssueKeyAsync();
        await _app.PublishModelAsync(_model, _provider.BaseUrl, "upstream-1");
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task CompleteChat_ImageAndText_ArriveUpstreamAsSent()
    {
        var image = BinaryData.FromBytes([0x89, 0x50, 0x4E, 0x47]);

        await ChatAsync([new UserChatMessage(ChatMessageContentPart.CreateTextPart("What is this?"), ChatMessageContentPart.CreateImagePart(image, "image/png"), ChatMessageContentPart.CreateImagePart(new Uri("https://example.com/a.png")))]);

        var request = await _provider.RequestAsync();
        var parts = request.Json.GetProperty("messages")[0].GetProperty("content");
        parts.GetArrayLength().ShouldBe(3);
        parts[1].GetProperty("image_url").GetProperty("url").GetString().ShouldBe("data:image/png;base64,iVBORw==");
        request.Json.GetProperty("model").GetString().ShouldBe("upstream-1");
        request.Headers["Authorization"].ShouldBe("Bearer sk-upstream-0123456789");
        request.Headers.Values.ShouldAllBe(value => !value.Contains(_key));
    }

    [Fact]
    public async Task CompleteChatStreaming_Deltas_ArriveWhileTheProviderStillWrites()
    {
        var gate = new TaskCompletionSource();
        _provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), gate.Task, Sse.Delta("lo"), Sse.Finish(), Sse.Usage(3, 2), Sse.Done));
        var text = "";

        await foreach (var update in OpenAISdk.Chat(_app, _key, _model).CompleteChatStreamingAsync([new UserChatMessage("hi")], cancellationToken: Cancellation))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));

            // The second half is only written once the first was read: an answer that is held back never ends.
            if (text == "Hel") gate.TrySetResult();
        }

        text.ShouldBe("Hello");
    }

    [Theory]
    [InlineData(401, 502)]
    [InlineData(403, 502)]
    [InlineData(500, 502)]
    [InlineData(503, 503)]
    public async Task CompleteChat_ProviderFails_ThrowsWithOurStatusAndNotItsBody(int theirs, int ours)
    {
        _provider.Next(Play.Error(theirs, "account acct-secret is broken"));

        var thrown = await Should.ThrowAsync<ClientResultException>(() => ChatAsync([new UserChatMessage("hi")]));

        thrown.Status.ShouldBe(ours);
        thrown.Message.ShouldNotContain("acct-secret");
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Failed);
    }

    [Fact]
    public async Task CompleteChat_OverTheRateLimit_Throws429AndTheOneRecordSaysRefused()
    {
        var name = $"t-{Guid.NewGuid():N}";
        await _app.CreateTierAsync(name, tier => tier with { RequestsPerMinute = 1 });
        await _app.CreateTenantAsync(name, name);
        var chat = OpenAISdk.Chat(_app, _key = await _app.IssueKeyAsync(name), _model);
        await chat.CompleteChatAsync([new UserChatMessage("one")], cancellationToken: Cancellation);

        var thrown = await Should.ThrowAsync<ClientResultException>(() => chat.CompleteChatAsync([new UserChatMessage("two")], cancellationToken: Cancellation));

        thrown.Status.ShouldBe(429);
        thrown.Message.ShouldContain("rate_limit_exceeded");
        int.Parse(thrown.GetRawResponse()!.Headers.TryGetValue("Retry-After", out var wait) ? wait! : "0", System.Globalization.CultureInfo.InvariantCulture).ShouldBeInRange(1, 61);
        (await _app.RecordsOfAsync(_key)).Select(record => record.Outcome).ShouldBe([Outcome.Answered, Outcome.Refused]);
        _provider.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task CompleteChat_WrongKey_Throws401()
    {
        var stranger = KeyFormat.Generate(ApiKeyKind.Live);

        (await Should.ThrowAsync<ClientResultException>(() => OpenAISdk.Chat(_app, stranger, _model).CompleteChatAsync([new UserChatMessage("hi")], cancellationToken: Cancellation))).Status.ShouldBe(401);
        _provider.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task CompleteChat_UnknownModel_Throws404() =>
        (await Should.ThrowAsync<ClientResultException>(() => OpenAISdk.Chat(_app, _key, "no-such-model").CompleteChatAsync([new UserChatMessage("hi")], cancellationToken: Cancellation))).Status.ShouldBe(404);

    [Fact]
    public async Task CompleteChat_ProviderOverloadedOnce_TheClientsOwnRetrySucceeds()
    {
        _provider.Next(Play.Error(503), Play.Answer("at last"));

        var answer = await OpenAISdk.Chat(_app, _key, _model, retries: 3).CompleteChatAsync([new UserChatMessage("hi")], cancellationToken: Cancellation);

        answer.Value.Content[0].Text.ShouldBe("at last");
        (await _app.RecordsOfAsync(_key)).Select(record => record.Outcome).ShouldBe([Outcome.Failed, Outcome.Answered]);
    }

    [Fact]
    public async Task CompleteChatStreaming_ProviderCutsTheStream_NeverLooksComplete()
    {
        _provider.Next(Play.Stream(Sse.Role(), Sse.Delta("Hel"), StreamStep.Cut));
        var text = "";
        var finished = false;

        // This package passes over the error event; what it can't find is a finish reason.
        await foreach (var update in OpenAISdk.Chat(_app, _key, _model).CompleteChatStreamingAsync([new UserChatMessage("hi")], cancellationToken: Cancellation))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finished |= update.FinishReason is not null;
        }

        text.ShouldBe("Hel");
        finished.ShouldBeFalse();
        (await _app.RecordsOfAsync(_key)).ShouldHaveSingleItem().Outcome.ShouldBe(Outcome.Incomplete);
    }

    private async Task<ChatCompletion> ChatAsync(List<ChatMessage> messages) => await OpenAISdk.Chat(_app, _key, _model).CompleteChatAsync(messages, cancellationToken: Cancellation);
}
