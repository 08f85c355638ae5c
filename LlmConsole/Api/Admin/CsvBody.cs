using System.IO.Pipelines;
using System.Text;

namespace LlmConsole.Api.Admin;

/// <summary>Rows of CSV on their way to whoever asked: only those of a piece are in memory. Texts go in by <see cref="CsvField"/>.</summary>
internal sealed class CsvBody(PipeWriter body, string header)
{
    // Pieces of the text may end between the halves of a character, which an encoder remembers.
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();

    /// <summary>The rows since the last piece was sent; the first has the names of the columns before it.</summary>
    public StringBuilder Text { get; } = new StringBuilder(header).Append("\r\n");

    public async Task SendAsync(CancellationToken cancellation)
    {
        foreach (var chunk in Text.GetChunks()) _encoder.Convert(chunk.Span, body, flush: false, out _, out _);
        Text.Clear();
        await body.FlushAsync(cancellation);
    }
}

/// <summary>Text in a CSV cell: quoted where needed, and never taken for a formula by a spreadsheet.</summary>
internal static class CsvField
{
    public static string Of(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r') text = "'" + text;
        return text.AsSpan().ContainsAny("\",\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
