using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Core.Webhooks;

/// <summary>Makes one attempt: signs, sends, and keeps the beginning of what comes back. It trusts the receiver with nothing: not to answer in time, briefly, or truthfully.</summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>Connecting and answering together.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http;
    private readonly ISecretProtector _secrets;
    private readonly TimeProvider _time;

    public WebhookSender(OutboundGate gate, ISecretProtector secrets, TimeProvider time)
    {
        (_secrets, _time) = (secrets, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = gate.ConnectAsync, AllowAutoRedirect = false, UseCookies = false, UseProxy = false, AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 32, MaxResponseDrainSize = 0, PooledConnectionLifetime = TimeSpan.FromMinutes(2), ActivityHeadersPropagator = null,
        })
        { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    /// <summary>Of what a chat channel answers.</summary>
    private const int LongestWord = 64;

    public void Dispose() => _http.Dispose();

    /// <summary>One attempt, however it ends; and how long the receiver wants to be left alone, if it says so.</summary>
    public async Task<(DeliveryAttempt Attempt, TimeSpan? Wish)> SendAsync(WebhookEndpoint endpoint, Delivery delivery, CancellationToken stopping)
    {
        var at = _time.GetUtcNow();
        var began = _time.GetTimestamp();
        var attempt = new DeliveryAttempt { DeliveryId = delivery.Id, Number = delivery.Attempts + 1, At = at, DurationMs = 0, RequestHeaders = [] };
        TimeSpan? wish = null;
        using var late = new CancellationTokenSource(Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        try
        {
            using var request = Request(endpoint, delivery, at);
            attempt = attempt with { RequestHeaders = Lines(request.Headers, request.Content!.Headers) };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            attempt = attempt with { Status = (int)response.StatusCode, ResponseHeaders = endpoint.Format == WebhookFormat.Slack ? [] : Lines(response.Headers, response.Content.Headers), Error = Judge(response), DurationMs = _time.GetElapsedTime(began).TotalMilliseconds };
            wish = Wish(response.Headers.RetryAfter, at);
            var start = await ResponseStart.ReadAsync(response.Content, _time, either.Token);
            return (attempt with { ResponseStart = endpoint.Format == WebhookFormat.Slack ? PlainWord(start) : start }, wish);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested && attempt.Status is null)
        {
            return (attempt with { Error = Explain(e), DurationMs = _time.GetElapsedTime(began).TotalMilliseconds }, wish);
        }
    }

    private HttpRequestMessage Request(WebhookEndpoint endpoint, Delivery delivery, DateTimeOffset at)
    {
        var secret = _secrets.Unprotect(SecretPurpose.Webhook, endpoint.ProtectedSecret);
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Format == WebhookFormat.Slack ? new Uri(secret) : endpoint.Url)
        {
            Content = new ByteArrayContent(delivery.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.TryAddWithoutValidation("User-Agent", "LlmConsole-Webhooks/1.0");
        if (endpoint.Format == WebhookFormat.Slack) return request;
        string[] secrets = endpoint.ProtectedPreviousSecret is { } previous && endpoint.PreviousSecretUntil > at ? [secret, _secrets.Unprotect(SecretPurpose.Webhook, previous)] : [secret];
        request.Headers.TryAddWithoutValidation("webhook-id", delivery.MessageId);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", WebhookSignature.Sign(secrets, delivery.MessageId, at, delivery.Body));
        return request;
    }

    /// <summary>A chat channel's address is its secret, and a redirect or a proxy's error page may repeat it: kept is only such a word as <c>ok</c> or <c>no_service</c>.</summary>
    private static string? PlainWord(string? start) =>
        start is { Length: > 0 and <= LongestWord } && start.All(letter => char.IsAsciiLetterLower(letter) || letter is '_' or ' ') ? start : null;

    /// <summary>Why an answer is no success.</summary>
    private static string? Judge(HttpResponseMessage response) => (int)response.StatusCode switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => "The receiver redirects. Redirects are not followed: give the address where it really listens.",
        410 => "The receiver answered 410: it is gone for good.",
        var status => FormattableString.Invariant($"The receiver answered {status}."),
    };

    private static string Explain(Exception e) => e switch
    {
        OperationCanceledException => FormattableString.Invariant($"No answer within {Timeout.TotalSeconds} seconds."),
        SecretUnreadableException => "The endpoint's secret can't be decrypted: the key ring was replaced. Rotate the secret.",
        HttpRequestException { InnerException: OutboundRefusedException refused } => refused.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "The host name can't be resolved.",
        HttpRequestException { InnerException: System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.HostNotFound or System.Net.Sockets.SocketError.TryAgain or System.Net.Sockets.SocketError.NoData } } => "The host name can't be resolved.",
        HttpRequestException { InnerException: System.Net.Sockets.SocketException socket } => $"The receiver can't be connected to: {socket.Message}.",
        HttpRequestException { InnerException: AuthenticationException } => "The receiver's certificate isn't valid, or it doesn't speak TLS.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "The answer's headers are longer than 32 KB.",
        _ => "The connection broke off before there was an answer, or it wasn't HTTP.",
    };

    private static TimeSpan? Wish(RetryConditionHeaderValue? after, DateTimeOffset now) =>
        after?.Delta is { } delta ? delta : after?.Date is { } date && date > now ? date - now : null;

    private static List<HeaderLine> Lines(params ReadOnlySpan<HttpHeaders> all)
    {
        const int most = 40, longest = 512;
        var lines = new List<HeaderLine>();
        foreach (var headers in all)
        {
            foreach (var (name, values) in headers.NonValidated)
            {
                var value = values.ToString();
                if (lines.Count < most) lines.Add(new HeaderLine(Bounded(name, longest), Bounded(value, longest)));
            }
        }

        return lines;
    }

    private static string Bounded(string text, int longest) => text.Length <= longest ? text : text[..longest] + "…";
}
