using System.Text;

namespace LlmConsole.Tests.Support;

/// <summary>A call that the simulator answers.</summary>
internal static class Simulated
{
    public static StringContent Call() =>
        new("""{"model":"simulator/echo","stream":true,"messages":[{"role":"user","content":"hello my friend"}]}""", Encoding.UTF8, "application/json");
}
