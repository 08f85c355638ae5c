using System.IO.Pipelines;
using LlmConsole.Api;
using LlmConsole.Core.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LlmConsole.Tests.Api;

public sealed class RequestBodyTests
{
    private readonly Pipe _sender = new();
    private readonly DefaultHttpContext _context = new();

    public RequestBodyTests()
    {
        _context.Request.ContentType = "application/json";
        _context.Features.Set<IRequestBodyPipeFeature>(new Received(_sender.Reader));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_InPieces_IsWhole()
    {
        await _sender.Writer.WriteAsync("{\"a\":"u8.ToArray(), Cancel);
        var reading = RequestBody.ReadAsync(_context.Request, Cancel);
        await _sender.Writer.WriteAsync("1}"u8.ToArray(), Cancel);
        await _sender.Writer.CompleteAsync();

        using var body = await reading;

        body.Bytes.ToArray().ShouldBe("{\"a\":1}"u8.ToArray());
    }

    [Fact]
    public async Task Read_MuchAtOnceAndThenNothing_IsGivenUp()
    {
        await _sender.Writer.WriteAsync(new byte[10_000], Cancel);

        var refusal = await Should.ThrowAsync<RefusalException>(async () => await RequestBody.ReadAsync(_context.Request, TimeSpan.FromMilliseconds(1), Cancel));

        refusal.Error.ShouldBe(ErrorCode.RequestTimeout);
    }

    [Fact]
    public async Task Read_SenderLeaves_IsNoRefusal()
    {
        using var gone = new CancellationTokenSource();
        await _sender.Writer.WriteAsync(new byte[10_000], Cancel);
        var reading = RequestBody.ReadAsync(_context.Request, gone.Token);
        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await reading);
    }

    private sealed class Received(PipeReader reader) : IRequestBodyPipeFeature
    {
        public PipeReader Reader => reader;
    }
}
