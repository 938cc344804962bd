// SPDX-License-Identifier: MIT
namespace Yoso.Cpu;

/// <summary>A float tensor [T, C] in memory that the caller keeps alive: element (t, c) is at Data[t * RowStride + c].</summary>
public readonly unsafe struct TokenTensor(float* data, long rowStride)
{
    public float* Data { get; } = data;

    /// <summary>Floats from one token to the next.</summary>
    public long RowStride { get; } = rowStride;

    internal float* this[int token] => Data + (token * RowStride);

    internal void Check(int tokens, int width, string name)
    {
        if ((Data is null && tokens > 0) || RowStride < width)
        {
            throw new ArgumentException($"{name} [{tokens}, {width}] needs data and a row stride of at least {width}; got stride {RowStride}{(Data is null ? " and no data" : "")}.");
        }
    }
}

/// <summary>A linear layer y = x W^T + b, with W [Outputs, Inputs] and b [Outputs] contiguous as in torch.nn.Linear.</summary>
public readonly unsafe struct Linear(float* weight, float* bias, int inputs, int outputs)
{
    /// <summary>Widest layer that the fused kernels take; wider models use library matrix products.</summary>
    public const int MaxWidth = 256;

    public float* Weight { get; } = weight;

    public float* Bias { get; } = bias;

    public int Inputs { get; } = inputs;

    public int Outputs { get; } = outputs;

    internal void Check(int inputs, string name)
    {
        if (Inputs != inputs || Inputs < 1 || Outputs < 1 || Inputs > MaxWidth || Outputs > MaxWidth || Weight is null || Bias is null)
        {
            throw new ArgumentException($"{name} must take {inputs} inputs, have weight and bias and be at most {MaxWidth} wide; got [{Outputs}, {Inputs}].");
        }
    }
}

/// <summary>Where the gradients of a <see cref="Linear"/> go; overwritten.</summary>
public readonly unsafe struct LinearGradient(float* weight, float* bias)
{
    public float* Weight { get; } = weight;

    public float* Bias { get; } = bias;
}

/// <summary>Layer normalisation over C values with scale and shift [C]; also used for their gradients.</summary>
public readonly unsafe struct LayerNorm(float* scale, float* shift, float epsilon = 1e-5f)
{
    public float* Scale { get; } = scale;

    public float* Shift { get; } = shift;

    public float Epsilon { get; } = epsilon;
}

/// <summary>
/// Dropout as bits: element (t, c) of [T, C] is kept when bit c % 32 of word t * ceil(C / 32) + c / 32 is set, and then
/// multiplied by <paramref name="scale"/>. The default value drops nothing.
/// </summary>
public readonly unsafe struct Dropout(uint* bits, float scale)
{
    public uint* Bits { get; } = bits;

    /// <summary>1 / (1 - probability), from <see cref="DropoutBits.Scale"/>.</summary>
    public float Scale { get; } = scale;

    internal uint* Row(int token, int width) => Bits is null ? null : Bits + ((long)token * DropoutBits.Words(width));
}
