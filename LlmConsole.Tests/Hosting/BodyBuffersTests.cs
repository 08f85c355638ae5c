using FsCheck.Fluent;
using LlmConsole.Hosting;
using LlmConsole.Tests.Support;

namespace LlmConsole.Tests.Hosting;

/// <summary>Buffers of large bodies hold little more than the body, and are used again.</summary>
public sealed class BodyBuffersTests
{
    private const int LargestShared = 64 * 1024;

    private readonly BodyBuffers _buffers = new(1024 * 1024);

    [Fact]
    public void Rent_AnyLargeSize_SufficesAndWastesAtMostAQuarter() => Prop.ForAll(Gen.Choose(LargestShared + 1, 32 * 1024 * 1024).ToArbitrary(), size =>
    {
        var buffer = _buffers.Rent(size);

        buffer.Length.ShouldBeInRange(size, size + (size / 4) + 1);
        _buffers.Return(buffer);
    }).Holds(100);

    [Theory]
    [InlineData(LargestShared + 1, 80 * 1024)]
    [InlineData(128 * 1024, 128 * 1024)]
    [InlineData((128 * 1024) + 1, 160 * 1024)]
    public void Rent_NextToABoundary_IsTheNextSize(int size, int length)
    {
        var buffer = _buffers.Rent(size);

        buffer.Length.ShouldBe(length);
        _buffers.Return(buffer);
    }

    [Fact]
    public void Return_OneOfThisSize_IsRentedAgain()
    {
        var buffer = _buffers.Rent(150_000);
        _buffers.Return(buffer);

        ReferenceEquals(_buffers.Rent(151_000), buffer).ShouldBeTrue();
    }

    [Fact]
    public void Return_MoreThanMayIdle_IsLeftToTheCollector()
    {
        var (one, other) = (_buffers.Rent(600_000), _buffers.Rent(600_000));
        _buffers.Return(one);
        _buffers.Return(other);

        ReferenceEquals(_buffers.Rent(600_000), one).ShouldBeTrue();
        ReferenceEquals(_buffers.Rent(600_000), other).ShouldBeFalse();
    }

    [Fact]
    public void Clear_WhatIdles_IsLeftToTheCollector()
    {
        var buffer = _buffers.Rent(150_000);
        _buffers.Return(buffer);
        _buffers.Clear();

        ReferenceEquals(_buffers.Rent(150_000), buffer).ShouldBeFalse();
    }
}
