using System.Text.Json.Serialization;
using LlmConsole.Api.Admin;
using LlmConsole.Authentication;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LlmConsole.Api;

/// <summary>Where a program gets a token for a browser.</summary>
internal static class ClientTokenEndpoints
{
    private const int MaxUserLength = 200;
    private const int MaxModels = 30;
    private const int MaxModelLength = 200;

    public static void MapClientTokens(this IEndpointRouteBuilder app) => app.MapPost("/v1/tokens", CreateAsync).AsCallersApi("createClientToken");

    private static async Task<Created<ClientToken>> CreateAsync(HttpContext context, CallerResolver callers, ClientTokens tokens, TimeProvider time)
    {
        var caller = await callers.ResolveAsync(context, context.RequestAborted);
        var key = caller.Key ?? throw new RefusalException(ErrorCode.PermissionDenied, "Only an API key gets client tokens. Send one that begins with llmc_live_.");
        var (seconds, models, user) = Read(await Body<ClientTokenRequest>.ReadAsync(context), caller);
        var expiresAt = time.GetUtcNow().AddSeconds(seconds);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created((string?)null, new ClientToken("client_token", tokens.Issue(key, expiresAt, models, user), "Bearer", seconds, expiresAt, models, user));
    }

    private static (int Seconds, IReadOnlyList<string> Models, string? User) Read(ClientTokenRequest request, Caller caller)
    {
        var seconds = request.ExpiresIn ?? ClientTokens.MaxSeconds;
        if (seconds is < 1 or > ClientTokens.MaxSeconds) throw Bad($"expires_in must be between 1 and {ClientTokens.MaxSeconds} seconds.", "expires_in");
        var models = request.Models ?? [];
        if (models.Count > MaxModels) throw Bad($"models must name at most {MaxModels} models.", "models");
        for (var i = 0; i < models.Count; i++)
        {
            if (models[i] is not { Length: > 0 and <= MaxModelLength }) throw Bad($"models[{i}] must be the name of a model.", $"models[{i}]");
            if (!caller.MayUse(models[i])) throw new RefusalException(ErrorCode.ModelNotAllowed, $"Your key may not use the model {models[i]}, so its tokens can't either. GET /v1/models lists those that it may use.", $"models[{i}]");
        }

        if (request.User is { Length: 0 or > MaxUserLength }) throw Bad($"user must have 1 to {MaxUserLength} characters.", "user");
        return (seconds, models, request.User);
    }

    private static RefusalException Bad(string message, string field) => new(ErrorCode.InvalidValue, message, field);
}

/// <summary>What the token shall be.</summary>
/// <param name="ExpiresIn">Seconds, at most and by default 900.</param>
/// <param name="Models">Public model names; none means all that the key may use.</param>
/// <param name="User">In whose name its calls are made: they fall under this user's limits and stand in the books with it.</param>
internal sealed record ClientTokenRequest([property: JsonPropertyName("expires_in")] int? ExpiresIn, IReadOnlyList<string>? Models, string? User);

/// <summary>A token for a browser, to be sent as <c>Authorization: Bearer</c>.</summary>
internal sealed record ClientToken(
    string Object, string Token, [property: JsonPropertyName("token_type")] string TokenType, [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("expires_at")] DateTimeOffset ExpiresAt, IReadOnlyList<string> Models, string? User);
