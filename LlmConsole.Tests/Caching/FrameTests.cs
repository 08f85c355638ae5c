using System.Text;
using FsCheck;
using FsCheck.Fluent;
using LlmConsole.Core.Caching;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Caching;

public sealed class FrameTests
{
    private static readonly string[] Pieces = ["{\"id\":\"c1\",", "\"delta\":{\"content\":\"", "a", "é", "\\\"", "{", "\"}}", "}", "aa", ""];

    [Fact]
    public void Read_AnyChunksInTurn_GivesEachAsItWas() => Prop.ForAll(Chunks().ToArbitrary(), chunks =>
    {
        byte[]? like = null;
        byte[] buffer = [];
        var frames = new List<Frame>();
        foreach (var chunk in chunks)
        {
            frames.Add(Frame.Of(chunk, like));
            like = frames[^1].Like;
        }

        foreach (var (frame, chunk) in frames.Zip(chunks))
        {
            frame.Length.ShouldBe(chunk.Length);
            frame.Read(ref buffer).ToArray().ShouldBe(chunk);
        }
    }).Holds(300);

    [Fact]
    public void Size_OfAChunkThatDiffersInItsTextAlone_IsThatOfTheText()
    {
        var first = Frame.Of(Chunk("Hello"), null);

        var next = Frame.Of(Chunk(" world"), first.Like);

        (first.Size - next.Size).ShouldBe(Chunk("Hello").Length - " world".Length);
    }

    private static byte[] Chunk(string text) => Encoding.UTF8.GetBytes($$$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"{{{text}}}"},"finish_reason":null}]}""");

    private static Gen<byte[][]> Chunks() => Gen.Elements(Pieces).ListOf().Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces))).ListOf().Select(chunks => chunks.ToArray());
}
