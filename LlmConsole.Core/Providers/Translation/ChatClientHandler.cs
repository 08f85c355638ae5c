using System.ClientModel;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.SemanticKernel;

namespace LlmConsole.Core.Providers.Translation;

/// <summary>Speaks OpenAI's wire in front of any chat client, so that the road asks it like every other provider.</summary>
internal sealed partial class ChatClientHandler(IChatClient client, TimeProvider time, ILogger log) : HttpMessageHandler
{
    /// <inheritdoc cref="AnswerFrames.AlwaysFinishes"/>
    public bool AlwaysFinishes { get; init; }

    /// <summary>Refuses what the client would leave out without a word.</summary>
    public Action<AskedChat> Check { get; init; } = static _ => { };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ConnectLimit.Lend(request);
        try
        {
            var asked = AskedChat.Read(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
            Check(asked);
            return asked.Stream ? await StreamAsync(asked, cancellationToken) : await CompleteAsync(asked, cancellationToken);
        }
        catch (UntranslatableException e)
        {
            return VendorAnswers.Error(HttpStatusCode.BadRequest, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Failed(e) ?? throw new HttpRequestException("The vendor can't be reached.", e);
        }
    }

    private async Task<HttpResponseMessage> CompleteAsync(AskedChat asked, CancellationToken cancellation)
    {
        var response = await client.GetResponseAsync(asked.Messages, asked.Options, cancellation);
        return VendorAnswers.Json(Frames(asked).Completion(response));
    }

    /// <summary>The answer has begun when this returns, so that a refusal is still one.</summary>
    private async Task<HttpResponseMessage> StreamAsync(AskedChat asked, CancellationToken cancellation)
    {
        var running = new CancellationTokenSource();
        var frames = Frames(asked).StreamAsync(client.GetStreamingResponseAsync(asked.Messages, asked.Options, running.Token).GetAsyncEnumerator(running.Token), running.Token).GetAsyncEnumerator(running.Token);
        try
        {
            await using var registration = cancellation.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), running);
            var begun = await frames.MoveNextAsync();
            return VendorAnswers.Stream(WithFirst(begun ? frames.Current : null, frames).GetAsyncEnumerator(CancellationToken.None), running);
        }
        catch
        {
            await frames.DisposeAsync();
            running.Dispose();
            throw;
        }
    }

    private static async IAsyncEnumerable<byte[]> WithFirst(byte[]? first, IAsyncEnumerator<byte[]> rest)
    {
        await using var source = rest;
        if (first is null) yield break;
        yield return first;
        while (await rest.MoveNextAsync()) yield return rest.Current;
    }

    private AnswerFrames Frames(AskedChat asked) => new(asked.Options.ModelId ?? "", time) { AlwaysFinishes = AlwaysFinishes };

    /// <summary>The vendor's refusal as an answer; null when nothing was reached at all.</summary>
    private HttpResponseMessage? Failed(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case VendorRefusedException refused:
                    return refused.Response;
                case ClientResultException { Status: > 0 } refused:
                    return WithRetryAfter(VendorAnswers.Error((HttpStatusCode)refused.Status, refused.Message), refused);
                case HttpOperationException { StatusCode: { } status }:
                    return VendorAnswers.Error(status, e.Message);
                case HttpRequestException { StatusCode: { } status }:
                    return VendorAnswers.Error(status, e.Message);
                case HttpRequestException or IOException:
                    return null;
            }
        }

        // Its message may repeat the prompt, so only its type is logged.
        ClientFailed(failure.GetType().Name);
        return VendorAnswers.Error(HttpStatusCode.InternalServerError, "The chat client failed.");
    }

    private static HttpResponseMessage WithRetryAfter(HttpResponseMessage response, ClientResultException refused)
    {
        if (refused.GetRawResponse()?.Headers.TryGetValue("Retry-After", out var wait) == true && RetryConditionHeaderValue.TryParse(wait, out var parsed)) response.Headers.RetryAfter = parsed;
        return response;
    }

    [LoggerMessage(LogLevel.Warning, "A chat client failed with {Exception}")]
    private partial void ClientFailed(string exception);
}
