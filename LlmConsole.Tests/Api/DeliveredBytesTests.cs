using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Routing;
using LlmConsole.Core.Wire;
using LlmConsole.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LlmConsole.Tests.Api;

/// <summary>Whatever pieces an answer comes in, and wherever it is cut: the client has exactly what was produced, or an error.</summary>
public sealed class DeliveredBytesTests
{
    [Fact]
    public async Task Delivered_AnyChunkingAndAnyCut_IsWhatWasProducedOrAnError()
    {
        // A target that breaks off this often would soon not be asked any more.
        await using var app = await RunningApp.StartAsync(services => services.AddSingleton(new HealthOptions { ConsecutiveFailures = int.MaxValue, MinimumCalls = int.MaxValue }));
        await using var model = await ScriptedModel.PublishAsync(app);
        var words = Gen.Elements("a", "žluť ", "😀", "漢字", "\n", "\r\n\r\n", "data: ", "\"", "\\", "</html>", "\u0000", "long " + new string('x', 9_000));
        var samples =
            from texts in words.NonEmptyListOf()
            from sizes in Gen.Choose(1, 700).NonEmptyListOf()
            from lineEnd in Gen.Elements("\n", "\r\n", "\r")
            from cutAt in Gen.Choose(-2, 100)
            select (Texts: texts, Sizes: sizes, LineEnd: lineEnd, CutAt: cutAt);
        foreach (var (texts, sizes, lineEnd, cutAt) in samples.Some(12, 60))
        {
            var stream = Encoding.UTF8.GetBytes((string.Concat(texts.Select(Sse.Delta)) + Sse.Finish() + Sse.Done).Replace("\n", lineEnd, StringComparison.Ordinal));
            var whole = string.Concat(texts);
            var sent = cutAt < 0 ? stream.Length : stream.Length * cutAt / 100;
            model.Provider.Next(Play.Stream([.. Pieces(stream[..sent], [.. sizes])]));

            var answer = await model.PostAsync(model.Ask("\"stream\":true"));

            var events = await answer.EventsAsync();
            var got = string.Concat(events.Where(data => data != "[DONE]").Select(data => ChunkText.Read(Encoding.UTF8.GetBytes(data))));
            var told = $"{texts.Count} texts, {sent} of {stream.Length} bytes";
            if (events.Contains("[DONE]")) got.ShouldBe(whole, told);
            else (await answer.TextAsync()).ShouldContain("\"error\"", Case.Sensitive, told);
            whole.ShouldStartWith(got, Case.Sensitive, told);
            if (sent == stream.Length) events[^1].ShouldBe("[DONE]", told);
        }
    }

    private static IEnumerable<StreamStep> Pieces(byte[] bytes, int[] sizes)
    {
        for (var (at, i) = (0, 0); at < bytes.Length; i++)
        {
            var size = Math.Min(sizes[i % sizes.Length], bytes.Length - at);
            yield return bytes[at..(at + size)];
            at += size;
        }
    }
}
