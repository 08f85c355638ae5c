using System.Net;
using LlmConsole.Core.Providers.Translation;

namespace LlmConsole.Core.Providers;

/// <summary>Anthropic's refusals, with OpenAI's code for the one that Anthropic only puts into words: a prompt that is too long.</summary>
internal static class AnthropicRefusals
{
    private const int MaxErrorBytes = 64 * 1024;

    /// <summary>The refusal as OpenAI would put it.</summary>
    public static async Task<HttpResponseMessage> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge)) return response;
        response.Content = new BoundedContent(response.Content, MaxErrorBytes);
        string body;
        try
        {
            body = await response.Content.ReadAsStringAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            response.Dispose();
            return VendorAnswers.Error(response.StatusCode, "");
        }

        if (!body.Contains("prompt is too long", StringComparison.Ordinal)) return response;
        response.Dispose();
        return VendorAnswers.Error(HttpStatusCode.BadRequest, "The prompt is longer than the model reads.", "context_length_exceeded");
    }
}
