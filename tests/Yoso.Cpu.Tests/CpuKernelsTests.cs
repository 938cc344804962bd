// SPDX-License-Identifier: MIT
using System.Runtime.Intrinsics;

namespace Yoso.Cpu.Tests;

public sealed class CpuKernelsTests
{
    [Fact]
    public void Path_IsTheWidestThatTheMachineHas_UnlessNarrowed()
    {
        var narrowed = Environment.GetEnvironmentVariable("DOTNET_EnableAVX512F") == "0";
        Assert.Equal(Vector512.IsHardwareAccelerated && !narrowed, CpuKernels.Path == SimdPath.Vector512);
        Assert.True(CpuKernels.Path != SimdPath.Vector128 || !System.Runtime.Intrinsics.X86.Avx2.IsSupported);
        Assert.True(CpuKernels.Supports(SimdPath.Vector128));
    }

    [Fact]
    public void PackedShape_NamesTheOffset_WhenItDecreases()
    {
        var error = Assert.Throws<ArgumentException>(() => new PackedShape([0, 5, 3], 1, 8));

        Assert.Equal("Sequence offsets must not decrease; offset 2 is 3 after 5.", error.Message);
    }

    [Theory]
    [InlineData(0, 64)]
    [InlineData(2, 0)]
    [InlineData(2, 257)]
    public void PackedShape_NamesHeadsAndDimension_WhenOutOfRange(int heads, int headDim)
    {
        var error = Assert.Throws<ArgumentException>(() => new PackedShape([0, 5], heads, headDim));

        Assert.EndsWith($"got {heads} heads of {headDim}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(4, 0)]
    [InlineData(4, 17)]
    public void HashCodes_NameTheOptions_WhenOutOfRange(int hashes, int codeLength)
    {
        var error = Assert.Throws<ArgumentException>(() => new HashCodes(new PackedShape([0, 5], 1, 8), new LshOptions(hashes, codeLength)));

        Assert.Contains($"HashCount = {hashes}, CodeLength = {codeLength}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public unsafe void Forward_NamesTheStride_WhenItIsTooSmall()
    {
        var attention = new AttentionCase(1, [4], 2, 16, new LshOptions(3, 5));
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        var error = Assert.Throws<ArgumentException>(
            () => LshCumulation.Forward(query, key, new HeadTensor(attention["value"].Data, 31), attention["output"], 1));

        Assert.Equal("Value of [4 tokens in 1 sequences, 2 heads, 16] needs a row stride of at least 32 floats; got 31.", error.Message);
    }

    [Fact]
    public void Forward_DoesNothing_WithoutTokens()
    {
        var attention = new AttentionCase(1, [0, 0], 2, 16, new LshOptions(3, 5));
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        LshCumulation.Forward(query, key, attention["value"], attention["output"], 2);
        WeightedLshCumulation.Backward(GradientMode.LowerBound, query, key, attention.Inputs, attention.Outputs, 0, 2);

        Assert.Equal(0, attention.Shape.Tokens);
        Assert.Empty(query.Codes(1, 2).ToArray());
    }
}
