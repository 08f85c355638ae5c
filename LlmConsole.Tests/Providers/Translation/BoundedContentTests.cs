using LlmConsole.Core.Providers.Translation;

namespace LlmConsole.Tests.Providers.Translation;

public sealed class BoundedContentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_UpToTheLimit_GivesEverything()
    {
        using var content = new BoundedContent(new ByteArrayContent(new byte[100]) { Headers = { ContentType = new("text/plain") } }, 100);

        (await content.ReadAsByteArrayAsync(Cancellation)).Length.ShouldBe(100);
        content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
    }

    [Fact]
    public async Task Read_BeyondTheLimit_Throws()
    {
        using var content = new BoundedContent(new ByteArrayContent(new byte[101]), 100);
        var stream = await content.ReadAsStreamAsync(Cancellation);

        await Should.ThrowAsync<IOException>(() => stream.CopyToAsync(Stream.Null, Cancellation));
    }
}
