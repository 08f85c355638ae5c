using System.Text.Json;
using System.Text.Json.Serialization;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http.Metadata;

namespace LlmConsole.Api.Admin;

/// <summary>A JSON body, read strictly: a field that isn't known, a wrong type, a key that stands twice or text after the end is refused by name.</summary>
internal sealed record Body<T>(T Value) : IEndpointParameterMetadataProvider
    where T : class
{
    private const int MaxLength = 1024 * 1024;

    public static async ValueTask<Body<T>?> BindAsync(HttpContext context) => new(await ReadAsync(context));

    /// <summary>The value alone, for handlers that find their caller by themselves: parameters are bound before a handler runs, and a stranger's body shall not be read.</summary>
    public static async Task<T> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType()) throw new RefusalException(ErrorCode.UnsupportedMediaType, "The body must be JSON. Send it with Content-Type: application/json.");
        return Parse(await ReadAsync(context.Request, context.RequestAborted));
    }

    public static void PopulateMetadata(System.Reflection.ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));

    private static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > MaxLength) throw TooLarge();
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (body.Length + read > MaxLength) throw TooLarge();
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static T Parse(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, AdminJson.Options) ?? throw new RefusalException(ErrorCode.InvalidValue, "The body must be a JSON object.");
        }
        catch (JsonException e) when (e.InnerException is JsonException)
        {
            throw new RefusalException(ErrorCode.InvalidJson, $"The body is not valid JSON: {e.InnerException.Message.Split(" LineNumber:")[0]} (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})");
        }
        catch (JsonException e)
        {
            var param = ((e.Path ?? "$")[1..] + e.Data[OptionalConverter.PathBelow]).TrimStart('.');
            throw new RefusalException(ErrorCode.InvalidValue, Explain(e, param), param.Length == 0 ? null : param);
        }
    }

    private static string Explain(JsonException e, string param) =>
        e.Message.StartsWith("The JSON property", StringComparison.Ordinal) ? $"There is no field {param} here. Leave it out, or check its spelling."
        : e.Message.StartsWith("Duplicate property", StringComparison.Ordinal) ? $"{param} stands twice in the same object. Send it once."
        : e.Message.StartsWith("The JSON value", StringComparison.Ordinal) ? (param.Length == 0 ? "The body must be a JSON object." : $"{param} has the wrong type.")
        : e.Message.StartsWith(Expected.MustBe, StringComparison.Ordinal) ? $"{param} {e.Message}"
        : $"{param}: {e.Message}";

    private static RefusalException TooLarge() => new(ErrorCode.BodyTooLarge, "The body is larger than 1 MB. Send a smaller one.");
}

/// <summary>How the admin API reads and writes JSON.</summary>
internal static class AdminJson
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        Converters = { new StorableText() },
    });

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        return options;
    }
}
