using System.Buffers;
using System.ClientModel;
using System.ClientModel.Primitives;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Wire;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using OpenAI;

namespace LlmConsole.Core.Chat;

/// <summary>
/// The road as Semantic Kernel sees it: kernels whose chat completion service and chat client ask through a given function instead of the network. OpenAI's own client stands
/// between, so that whatever a kernel can say (tools, schemas, images, streams) is worded as for OpenAI's API.
/// </summary>
internal static class GatewayKernel
{
    /// <summary>Never looked up: the requests don't leave the process.</summary>
    private static readonly Uri Nowhere = new("http://gateway.invalid/v1");

    /// <param name="model">The public name of the model that it talks to.</param>
    /// <param name="ask">Answers a chat completions request that isn't streamed with the completion, or throws a refusal.</param>
    public static Kernel Create(string model, Func<ReadOnlyMemory<byte>, CancellationToken, Task<byte[]>> ask)
    {
        var http = new HttpClient(new RoadHandler(ask)) { Timeout = Timeout.InfiniteTimeSpan };

        // The road retries and has its deadlines.
        var options = new OpenAIClientOptions
        {
            Endpoint = Nowhere, Transport = new HttpClientPipelineTransport(http), RetryPolicy = new ClientRetryPolicy(maxRetries: 0), NetworkTimeout = Timeout.InfiniteTimeSpan,
        };
        var client = new OpenAIClient(new ApiKeyCredential("none"), options);
        var builder = Kernel.CreateBuilder();
        builder.Services.AddOpenAIChatCompletion(model, client);
        builder.Services.AddSingleton(client.GetChatClient(model).AsIChatClient());
        return builder.Build();
    }

    private sealed class RoadHandler(Func<ReadOnlyMemory<byte>, CancellationToken, Task<byte[]>> ask) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
            try
            {
                var asked = ChatRequest.Parse(body);
                var completion = await ask(asked.Stream ? Unstreamed(body) : body, cancellationToken);
                return asked.Stream ? Stream(Frames(completion, asked.IncludeUsage)) : Answer(HttpStatusCode.OK, completion);
            }
            catch (RefusalException refusal)
            {
                var error = new { error = new { message = refusal.Message, type = refusal.Error.Type, param = refusal.Param, code = refusal.Error.Code } };
                return Answer((HttpStatusCode)refusal.Error.Status, JsonSerializer.SerializeToUtf8Bytes(error));
            }
        }

        private static byte[] Unstreamed(byte[] body)
        {
            var request = JsonNode.Parse(body)!.AsObject();
            request.Remove("stream");
            request.Remove("stream_options");
            return JsonSerializer.SerializeToUtf8Bytes(request);
        }

        private static byte[] Frames(byte[] completion, bool includeUsage)
        {
            using var frames = new MemoryStream();
            CompletionChunks.Split(completion, default, includeUsage, chunk =>
            {
                frames.Write("data: "u8);
                frames.Write(chunk.Span);
                frames.Write("\n\n"u8);
            });
            frames.Write("data: [DONE]\n\n"u8);
            return frames.ToArray();
        }

        private static HttpResponseMessage Answer(HttpStatusCode status, byte[] body) =>
            new(status) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };

        /// <summary>As from a network: the client takes content that it could read again for one that wasn't read.</summary>
        private static HttpResponseMessage Stream(byte[] frames) =>
            new(HttpStatusCode.OK) { Content = new StreamContent(PipeReader.Create(new ReadOnlySequence<byte>(frames)).AsStream()) { Headers = { ContentType = new MediaTypeHeaderValue("text/event-stream") } } };
    }
}
