using System.Text;
using FsCheck.Fluent;
using LlmConsole.Core.Metering;
using LlmConsole.Tests.Support;
using Microsoft.ML.Tokenizers;

namespace LlmConsole.Tests.Metering;

public sealed class TokenCounterTests
{
    private static readonly TokenCounter Counter = TokenCounter.For("gpt-4o");

    [Theory]
    [InlineData("", 0)]
    [InlineData("hello world", 2)]
    [InlineData("tiktoken is great!", 6)]
    [InlineData("お誕生日おめでとう", 8)]
    public void Count_KnownTexts_AreAsPublished(string text, long tokens) => Counter.Count(text).ShouldBe(tokens);

    [Theory]
    [InlineData("gpt-4", "cl100k_base")]
    [InlineData("gpt-4-turbo-2024-04-09", "cl100k_base")]
    [InlineData("openai/gpt-3.5-turbo", "cl100k_base")]
    [InlineData("gpt-4o-mini", "o200k_base")]
    [InlineData("gpt-4.1", "o200k_base")]
    [InlineData("mistral-large", "o200k_base")]
    public void For_AModel_CountsByItsVocabulary(string model, string encoding)
    {
        const string text = "お誕生日おめでとう, tokenization";

        TokenCounter.For(model).Count(text).ShouldBe(TiktokenTokenizer.CreateForEncoding(encoding).CountTokens(text));
    }

    [Fact]
    public void Count_LongTextWithSpaces_IsExactThoughCountedInPieces()
    {
        var whole = TiktokenTokenizer.CreateForEncoding("o200k_base");
        var words = Gen.Elements("the", "tokenization", "Über", "x1", "=>", "привет", "42", "don't", "end.").ListOf().Select(list => string.Concat(Enumerable.Repeat(string.Join(' ', list) + " ", 40)));

        Prop.ForAll(words.ToArbitrary(), text => Counter.Count(text).ShouldBe(whole.CountTokens(text))).Holds(100);
    }

    [Fact]
    public void Count_AnyBytes_IsAtMostTheirNumber() => Prop.ForAll(Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().ToArbitrary(), bytes =>
        Counter.Count(bytes).ShouldBeInRange(bytes.Length == 0 ? 0 : 1, Math.Max(1, 3 * bytes.Length))).Holds();

    [Fact]
    public void Count_SpecialTokenAsText_CountsAsTheTextThatItIs() => Counter.Count("<|endoftext|>").ShouldBeGreaterThan(3);

    [Fact]
    public void Count_BeyondTheExactSize_GoesOnAsItBegan()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("some words ", TokenCounter.MaxExactBytes / 11)));
        byte[] twice = [.. text, .. text];

        ((double)Counter.Count(twice) / Counter.Count(text)).ShouldBe(2, 0.01);
    }

    [Fact]
    public void Count_ManyAtOnce_Agree() =>
        Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(8).Select(_ => TokenCounter.For("gpt-4").Count("the same text on every thread")).Distinct().ShouldHaveSingleItem();
}
