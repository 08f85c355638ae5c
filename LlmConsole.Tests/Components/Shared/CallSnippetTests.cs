using System.Diagnostics;
using LlmConsole.Components.Shared;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Components.Shared;

/// <summary>The snippets are run as they are shown, against an instance.</summary>
public sealed class CallSnippetTests(AppFixture fixture) : IClassFixture<AppFixture>
{
    private const string Body = """{"model":"simulator/echo","stream":true,"messages":[{"role":"user","content":"it's a \"test\" of ünïcode \\ and `ticks` ${x}"}]}""";

    [Theory]
    [InlineData("curl", "bash", "call.sh")]
    [InlineData("Python", "python3", "call.py")]
    [InlineData("JavaScript", "node", "call.mjs")]
    public async Task Code_RunAsShown_GetsTheAnswer(string language, string program, string file)
    {
        Needs.Program(program);
        var key = await fixture.App.IssueKeyAsync();
        var snippet = new CallSnippet(fixture.App.BaseAddress.ToString(), key, Body, "bypass");

        var output = await RunAsync(program, file, snippet.Languages.Single(known => known.Language == language).Code);

        output.ShouldContain("data: [DONE]");
        var record = (await fixture.App.RecordsOfAsync(key)).ShouldHaveSingleItem();
        record.Outcome.ShouldBe(Core.Metering.Outcome.Answered);
    }

    [Fact]
    public void CSharp_OfAnyBody_HoldsItAsARawText()
    {
        var code = new CallSnippet("http://localhost:8080/", "k", Body).CSharp;

        code.ShouldContain($"StringContent(\"\"\"\n{Body}\n\"\"\", Encoding.UTF8");
        code.ShouldContain("\"http://localhost:8080/v1/chat/completions\"");
        code.ShouldNotContain("x-llmconsole-cache");
    }

    private static async Task<string> RunAsync(string program, string file, string code)
    {
        var directory = Directory.CreateTempSubdirectory("llmconsole-snippet-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, file), code, TestContext.Current.CancellationToken);
            using var process = Process.Start(new ProcessStartInfo(program, [file]) { WorkingDirectory = directory.FullName, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var complaints = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            process.ExitCode.ShouldBe(0, await complaints);
            return output;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
