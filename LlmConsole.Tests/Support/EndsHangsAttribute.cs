using System.Collections.Concurrent;
using System.Reflection;
using LlmConsole.Tests.Support;
using Xunit.v3;

[assembly: EndsHangs]

namespace LlmConsole.Tests.Support;

/// <summary>
/// A test that waits for what never comes is cancelled and fails by its name; otherwise it would hold up the run until somebody ends that, and nobody knew which it was. One that doesn't heed that ends the run,
/// with its name.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class EndsHangsAttribute : BeforeAfterTestAttribute
{
    /// <summary>Several times what the longest test takes on a busy machine.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(6);

    /// <summary>What a test that was cancelled is given to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, Timer> _ends = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        var isCancelled = false;
        _ends[test.UniqueID] = new Timer(_ => End(), null, Longest, Grace);

        void End()
        {
            if (isCancelled) Environment.FailFast($"{test.TestDisplayName} doesn't end, although it was cancelled.");
            isCancelled = true;
            context.CancelCurrentTest();
        }
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (_ends.TryRemove(test.UniqueID, out var end)) end.Dispose();
    }
}
