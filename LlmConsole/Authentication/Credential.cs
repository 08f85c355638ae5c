using LlmConsole.Core.Wire;
using Microsoft.Extensions.Primitives;

namespace LlmConsole.Authentication;

/// <summary>The secret that a request presents in <c>Authorization: Bearer</c> or <c>x-api-key</c>. Never logged, never echoed.</summary>
internal static class Credential
{
    private const string Bearer = "Bearer ";
    private const string BearerAlone = "Bearer";

    /// <summary>The credential as a slice of its header; empty when there is none.</summary>
    /// <exception cref="RefusalException">Two different credentials, or a scheme other than Bearer.</exception>
    public static ReadOnlyMemory<char> Read(HttpRequest request)
    {
        var authorization = request.Headers.Authorization;
        var apiKey = request.Headers["x-api-key"];
        if (authorization.Count <= 1 && apiKey.Count == 0) return FromBearer(authorization);
        if (authorization.Count == 0 && apiKey.Count == 1) return apiKey[0].AsMemory().Trim();
        return ReadSeveral(authorization, apiKey);
    }

    /// <summary>Whether the request presents any credential.</summary>
    public static bool IsPresent(HttpRequest request) => request.Headers.Authorization.Count > 0 || request.Headers.ContainsKey("x-api-key");

    private static ReadOnlyMemory<char> ReadSeveral(StringValues authorization, StringValues apiKey)
    {
        var found = ReadOnlyMemory<char>.Empty;
        foreach (var header in authorization) Add(FromBearer(header));
        foreach (var header in apiKey) Add(header.AsMemory().Trim());
        return found;

        void Add(ReadOnlyMemory<char> next)
        {
            if (found.IsEmpty) found = next;
            else if (!next.IsEmpty && !next.Span.SequenceEqual(found.Span))
                throw new RefusalException(ErrorCode.ConflictingCredentials, "The request presents two different credentials. Send one, in Authorization: Bearer or in x-api-key.");
        }
    }

    private static ReadOnlyMemory<char> FromBearer(string? header)
    {
        if (string.IsNullOrEmpty(header)) return default;
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return header.AsMemory(Bearer.Length).Trim();

        // What a client sends whose key is an empty string: the server trims the space at the end.
        if (header.Equals(BearerAlone, StringComparison.OrdinalIgnoreCase)) return default;
        throw new RefusalException(ErrorCode.InvalidApiKey, "The Authorization header has a scheme other than Bearer. Send Authorization: Bearer and the API key.");
    }
}
