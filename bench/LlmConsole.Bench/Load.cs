using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace LlmConsole.Bench;

/// <summary>What a load came to.</summary>
/// <param name="Ok">Calls that were answered, whole.</param>
/// <param name="Errors">Calls that were not.</param>
/// <param name="P50">Median latency, in microseconds; in an open loop from the moment at which the call was due.</param>
/// <param name="P99">In microseconds.</param>
internal sealed record LoadResult(int Ok, int Errors, double P50, double P99);

/// <summary>Asks, and checks that each answer is whole.</summary>
internal sealed class Load(int port, Scenario scenario, IReadOnlyList<string> keys) : IDisposable
{
    private static readonly TimeSpan MostOfAStart = TimeSpan.FromMinutes(2);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null, MaxConnectionsPerServer = scenario.Connections });
    private readonly Uri _address = new($"http://127.0.0.1:{port}/v1/chat/completions");
    private readonly ConcurrentBag<double> _latencies = [];
    private readonly long _run = Stopwatch.GetTimestamp();
    private int _asked;
    private int _errors;

    /// <param name="key">The key to call with, or @ and a file that has one on each line: each call uses the next.</param>
    public static async Task<string> RunAsync(int port, Scenario scenario, double seconds, string? key)
    {
        using var load = new Load(port, scenario, await KeysAsync(key));
        await Task.WhenAll(Enumerable.Range(0, scenario.Connections).Select(i => load.ConnectionAsync(i, TimeSpan.FromSeconds(seconds))));
        return JsonSerializer.Serialize(load.Result());
    }

    /// <summary>Completes with the first answer.</summary>
    public static async Task OnceAsync(int port, string? key, IReadOnlyDictionary<string, string>? headers = null)
    {
        using var load = new Load(port, Scenario.Named("A") with { Connections = 1, Headers = headers }, await KeysAsync(key));
        while (!await load.AskAsync())
        {
            if (Stopwatch.GetElapsedTime(load._run) > MostOfAStart) throw new InvalidOperationException($"No answer from port {port} within {MostOfAStart}.");
            await Task.Delay(5);
        }
    }

    private static async Task<IReadOnlyList<string>> KeysAsync(string? key) => key switch
    {
        null => [],
        ['@', .. var file] => await File.ReadAllLinesAsync(file),
        _ => [key],
    };

    public void Dispose() => _http.Dispose();

    private async Task ConnectionAsync(int number, TimeSpan duration)
    {
        // Streams begin one after the other, as users do.
        if (scenario.PerToken) await Task.Delay(number * 2);
        for (var call = 0; Stopwatch.GetElapsedTime(_run) < duration; call++)
        {
            var due = Stopwatch.GetTimestamp();
            if (scenario.Rate is { } rate)
            {
                due = _run + (long)(((call * scenario.Connections) + number) / (double)rate * Stopwatch.Frequency);
                if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is var wait && wait > TimeSpan.Zero) await Task.Delay(wait);
            }

            if (await AskAsync()) _latencies.Add(Stopwatch.GetElapsedTime(due).TotalMicroseconds);
            else Interlocked.Increment(ref _errors);
        }
    }

    private async Task<bool> AskAsync()
    {
        var number = Interlocked.Increment(ref _asked);
        var prompt = scenario.Prompts is { } prompts ? $"prompt {number % prompts}" : $"prompt {_run}-{number}";
        using var request = new HttpRequestMessage(HttpMethod.Post, _address)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"model":"{{scenario.Model}}","stream":{{(scenario.Stream ? "true" : "false")}},"messages":[{"role":"system","content":"You are a helpful assistant that answers briefly and to the point."},{"role":"user","content":"{{prompt}}: {{new string('x', scenario.PromptBytes)}}"}]}""")),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (keys.Count > 0) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", keys[number % keys.Count]);
        foreach (var (name, value) in scenario.Headers ?? new Dictionary<string, string>()) request.Headers.Add(name, value);
        try
        {
            using var answer = await _http.SendAsync(request, CancellationToken.None);
            var body = await answer.Content.ReadAsByteArrayAsync();
            return answer.IsSuccessStatusCode && (scenario.Stream ? body.AsSpan().EndsWith("data: [DONE]\n\n"u8) : body.AsSpan().IndexOf("\"total_tokens\""u8) > 0);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private LoadResult Result()
    {
        var sorted = _latencies.Order().ToArray();
        return new LoadResult(sorted.Length, _errors, At(0.5), At(0.99));

        double At(double share) => sorted.Length == 0 ? 0 : sorted[(int)(share * (sorted.Length - 1))];
    }
}
