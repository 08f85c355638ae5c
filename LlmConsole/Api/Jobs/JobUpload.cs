using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using LlmConsole.Core.Configuration;
using LlmConsole.Core.Jobs;
using LlmConsole.Core.Wire;

namespace LlmConsole.Api.Jobs;

/// <summary>A batch that arrives as lines of JSON. One line is held in memory at a time.</summary>
/// <param name="head">What the digest begins with: where it was sent, and what was asked beside the lines.</param>
internal sealed class JobUpload(PipeReader reader, string head, Caller caller, JobOptions options) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _lines;

    /// <summary>The lines as they arrive. Empty ones are left out.</summary>
    /// <exception cref="RefusalException">A line is wrong; the refusal names it as <c>requests[index]</c>.</exception>
    public async IAsyncEnumerable<JobLine> LinesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes($"{head}\n"));
        while (true)
        {
            var result = await reader.ReadAsync(cancellation);
            var rest = result.Buffer;
            try
            {
                while (TryCut(ref rest, result.IsCompleted, out var line))
                {
                    if (Read(line) is { } read) yield return read;
                }

                if (rest.Length > options.MaxRequestBytes) throw TooLong();
            }
            finally
            {
                // Also when a line is refused: the server reads what is left of the body.
                reader.AdvanceTo(rest.Start, rest.End);
            }

            if (result.IsCompleted) yield break;
        }
    }

    /// <summary>The digest of all that was read.</summary>
    public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();

    private static bool TryCut(ref ReadOnlySequence<byte> rest, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        line = rest;
        if (!isLast || rest.IsEmpty) return false;
        rest = rest.Slice(rest.End);
        return true;
    }

    private RefusalException TooLong() =>
        new(ErrorCode.BodyTooLarge, FormattableString.Invariant($"A line has more than {options.MaxRequestBytes} bytes. Send smaller requests."), FormattableString.Invariant($"requests[{_lines}]"));

    private JobLine? Read(in ReadOnlySequence<byte> line)
    {
        var bytes = line.ToArray();
        _hash.AppendData(bytes);
        _hash.AppendData("\n"u8);
        if (bytes.AsSpan().Trim(" \r\t"u8).IsEmpty) return null;
        var name = FormattableString.Invariant($"requests[{_lines}]");
        using var document = JobLine.Document(bytes, name);
        return JobLine.Read(document.RootElement, _lines++, caller, options.MaxMessages);
    }
}
