using System.Text.Json;
using LlmConsole.Core.Bodies;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Api.Admin;

/// <summary>How what is asked and answered is kept, as it is sent; what is missing stays.</summary>
internal sealed record BodiesBody
{
    /// <summary>Days until they are deleted; 7 if it isn't sent.</summary>
    public Optional<int?> RetentionDays { get; init; }

    /// <summary>What is masked before anything is written: <c>secrets</c>, <c>emails</c>, <c>cards</c>; all of them if it isn't sent.</summary>
    public Optional<IReadOnlyList<BodyMask>?> Masks { get; init; }

    public BodyPolicy ApplyTo(BodyPolicy current)
    {
        var usual = new BodyPolicy();
        return new BodyPolicy { RetentionDays = RetentionDays.Or(current.RetentionDays) ?? usual.RetentionDays, Masks = [.. (Masks.Or(current.Masks) ?? usual.Masks).Distinct()] };
    }
}

/// <summary>How what is asked and answered is kept, as it is answered.</summary>
internal sealed record BodiesView(int RetentionDays, IReadOnlyList<BodyMask> Masks);

/// <summary>What was asked and answered in one call.</summary>
/// <param name="Id">The request id.</param>
/// <param name="Request">The request, masked; null when it was too large to be kept.</param>
/// <param name="Response">The answer, put together from its chunks and masked; null when there was none, or when it was too large.</param>
/// <param name="RequestBytes">Bytes of the request as it came.</param>
/// <param name="ResponseBytes">Bytes of the answer as it went out.</param>
/// <param name="ExpiresAt">When it is deleted.</param>
internal sealed record RequestBodyView(string Object, string Id, JsonElement? Request, JsonElement? Response, int RequestBytes, int ResponseBytes, DateTimeOffset ExpiresAt)
{
    public static RequestBodyView From(BodyText body) => new("request_body", body.RequestId, Json(body.Request), Json(body.Response), body.RequestBytes, body.ResponseBytes, body.ExpiresAt);

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);
}
