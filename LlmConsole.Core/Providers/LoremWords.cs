using System.Collections;

namespace LlmConsole.Core.Providers;

/// <summary>So many words that mean nothing, with the white space before them. None of them is held: a simulated answer may have a hundred thousand, and many may be under way.</summary>
internal sealed class LoremWords(int count) : IReadOnlyList<string>
{
    private static readonly string[] Words = [.. "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua".Split(' ').Select(word => $" {word}")];

    public int Count => count;

    public string this[int index] => index == 0 ? "Lorem" : Words[index % Words.Length];

    public IEnumerator<string> GetEnumerator() => Enumerable.Range(0, count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
