using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmConsole.Core.Caching;
using LlmConsole.Core.Configuration;

namespace LlmConsole.Components.Console.Playground;

/// <summary>A request while it is written. What it doesn't know by name stands in <see cref="Other"/>, so that any request can be written, and any that was kept be read.</summary>
public sealed class PlaygroundDraft
{
    private const int MostStops = 4;

    private static readonly string[] Own = ["model", "messages", "stream", "stream_options"];
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string? System { get; set; }
    public List<PlaygroundMessage> Messages { get; internal init; } = [new()];
    public string? Temperature { get; set; }
    public string? TopP { get; set; }
    public string? MaxTokens { get; set; }

    /// <summary>Where the answer ends, one a line.</summary>
    public string? Stop { get; set; }

    /// <summary>The answer shall be a JSON object.</summary>
    public bool Json { get; set; }
    public bool Stream { get; set; } = true;

    /// <summary>Further fields of the request, as a JSON object.</summary>
    public string? Other { get; set; }
    public CacheWish Cache { get; set; }

    /// <summary>The draft that writes the same request.</summary>
    /// <exception cref="JsonException">It isn't the JSON of a request.</exception>
    public static PlaygroundDraft Read(string request) => PlaygroundReading.Of(request);

    /// <summary>The request to a model, as JSON that people can read.</summary>
    /// <exception cref="ConfigurationInvalidException">A field can't be read; it names each.</exception>
    public string Body(string model)
    {
        var problems = new List<Problem>();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            WriteMessages(json, problems);
            WriteParameters(json, problems);
            WriteOther(json, problems);
            if (Stream) WriteStream(json);
            json.WriteEndObject();
        }

        return problems.Count == 0 ? Encoding.UTF8.GetString(buffer.ToArray()) : throw new ConfigurationInvalidException(problems);
    }

    private static void WriteStream(Utf8JsonWriter json)
    {
        json.WriteBoolean("stream", true);
        json.WriteStartObject("stream_options");
        json.WriteBoolean("include_usage", true);
        json.WriteEndObject();
    }

    private void WriteMessages(Utf8JsonWriter json, List<Problem> problems)
    {
        json.WriteStartArray("messages");
        if (!string.IsNullOrWhiteSpace(System)) WriteMessage(json, "system", System);
        foreach (var message in Messages.Where(message => !string.IsNullOrWhiteSpace(message.Text)))
        {
            if (message.Role != PlaygroundMessage.AsJson) WriteMessage(json, message.Role, message.Text);
            else if (Parse(message.Text) is { } raw) raw.WriteTo(json);
            else problems.Add(new Problem("messages", "A message as JSON must be an object with a role."));
        }

        json.WriteEndArray();
        if (Messages.All(message => string.IsNullOrWhiteSpace(message.Text))) problems.Add(new Problem("messages", "Write a message."));
    }

    private void WriteParameters(Utf8JsonWriter json, List<Problem> problems)
    {
        if (Number(Temperature, "temperature", 0, 2, problems) is { } temperature) json.WriteNumber("temperature", temperature);
        if (Number(TopP, "top_p", 0, 1, problems) is { } topP) json.WriteNumber("top_p", topP);
        if (!string.IsNullOrWhiteSpace(MaxTokens))
        {
            if (int.TryParse(MaxTokens.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0) json.WriteNumber("max_tokens", most);
            else problems.Add(new Problem("max_tokens", "Enter a whole number from 1, such as 500."));
        }

        if (Stops(problems) is { Length: > 0 } stops)
        {
            json.WriteStartArray("stop");
            foreach (var stop in stops) json.WriteStringValue(stop);
            json.WriteEndArray();
        }

        if (!Json) return;
        json.WriteStartObject("response_format");
        json.WriteString("type", "json_object");
        json.WriteEndObject();
    }

    private void WriteOther(Utf8JsonWriter json, List<Problem> problems)
    {
        if (string.IsNullOrWhiteSpace(Other)) return;
        if (Parse(Other) is not { } other)
        {
            problems.Add(new Problem("other", "This isn't a JSON object, such as {\"seed\": 7}."));
            return;
        }

        foreach (var field in other.EnumerateObject())
        {
            if (Own.Contains(field.Name)) problems.Add(new Problem("other", $"{field.Name} is set by the form."));
            else field.WriteTo(json);
        }
    }

    private string[] Stops(List<Problem> problems)
    {
        var stops = (Stop ?? "").Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0).ToArray();
        if (stops.Length > MostStops) problems.Add(new Problem("stop", $"There can be {MostStops} stops at most."));
        return stops;
    }

    private static void WriteMessage(Utf8JsonWriter json, string role, string text)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    private static decimal? Number(string? text, string field, decimal least, decimal most, List<Problem> problems)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        problems.Add(new Problem(field, $"Enter a number from {least} to {most}, such as {(most - least) / 2}."));
        return null;
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            var element = JsonElement.Parse(text);
            return element.ValueKind == JsonValueKind.Object ? element : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
