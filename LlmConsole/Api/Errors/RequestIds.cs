using System.Buffers;
using LlmConsole.Authentication;
using LlmConsole.Core;

namespace LlmConsole.Api.Errors;

/// <summary>Gives every request an id of our own, sends it as <c>x-request-id</c>, and echoes a valid one of the client as <c>x-client-request-id</c>.</summary>
internal static class RequestIds
{
    private const string Header = "x-request-id";
    private const string ClientHeader = "x-client-request-id";
    private const int MaxClientIdLength = 128;
    private static readonly SearchValues<char> ClientIdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>The id of this request: in the answer's header, in the logs, in the books.</summary>
    public static string RequestId(this HttpContext context) => context.TraceIdentifier;

    /// <summary>Must come first, so that whatever answers has an id.</summary>
    public static IApplicationBuilder UseRequestIds(this IApplicationBuilder app)
    {
        var time = app.ApplicationServices.GetRequiredService<TimeProvider>();
        return app.Use((context, next) =>
        {
            context.TraceIdentifier = Ids.New("req", time);

            // On starting, because what answers an error clears the headers first. The gateway's calls are spared that: what answers their errors sends it again.
            if (context.FindsItsCallers()) Send(context);
            else context.Response.OnStarting(static state => SendAsync((HttpContext)state), context);
            return next(context);
        });
    }

    private static Task SendAsync(HttpContext context)
    {
        Send(context);
        return Task.CompletedTask;
    }

    /// <summary>Sets the headers.</summary>
    public static void Send(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers[Header] = context.RequestId();
        if (context.Request.Headers[Header] is [{ Length: > 0 and <= MaxClientIdLength } client] && !client.AsSpan().ContainsAnyExcept(ClientIdCharacters))
            headers[ClientHeader] = client;
    }
}
