// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Simd;

/// <summary>
/// One vector register of floats. Kernels are written once against this interface; the JIT compiles one copy per
/// register width, in which <see cref="Count"/> is a constant.
/// </summary>
internal unsafe interface ISimd<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Floats in a register: 16, 8 or 4.</summary>
    static abstract int Count { get; }

    static abstract T Zero { get; }

    static abstract T Load(float* source);

    static abstract void Store(T value, float* target);

    static abstract T Splat(float value);

    /// <summary>The element as unsigned 32-bit pattern in every lane.</summary>
    static abstract T SplatBits(uint bits);

    static abstract T operator +(T left, T right);

    static abstract T operator -(T left, T right);

    static abstract T operator *(T left, T right);

    static abstract T operator /(T left, T right);

    static abstract T operator ^(T left, T right);

    static abstract T operator &(T left, T right);

    /// <summary>left * right + addend, fused where the machine can.</summary>
    static abstract T MultiplyAdd(T left, T right, T addend);

    static abstract T Min(T left, T right);

    static abstract T Max(T left, T right);

    static abstract T Sqrt(T value);

    /// <summary>All bits set where left is below right; none for NaN.</summary>
    static abstract T LessThan(T left, T right);

    static abstract T Select(T mask, T whenSet, T whenClear);

    /// <summary>Nearest integer, ties to even.</summary>
    static abstract T Round(T value);

    /// <summary>2^value for integer values in -126..127.</summary>
    static abstract T PowerOfTwo(T value);

    /// <summary>Changes the sign of every lane where the word at <paramref name="sign"/> is the sign bit, of none where it is zero.</summary>
    static abstract T FlipSigns(T value, uint* sign);

    /// <summary>The bits of <paramref name="set"/>, and those of <paramref name="bits"/> where the value is above zero (so not for NaN).</summary>
    static abstract T SetWherePositive(T value, T bits, T set);

    /// <summary>Every lane as a 32-bit word moved towards higher bits.</summary>
    static abstract T ShiftLeft(T value, int bits);

    /// <summary>Every lane as an unsigned 32-bit word moved towards lower bits.</summary>
    static abstract T ShiftRight(T value, int bits);

    /// <summary>Every lane's 32-bit word narrowed to 16 bits.</summary>
    static abstract void StoreCodes(T codes, ushort* target);

    /// <summary>A mask with all bits set in lane i where bit i of <paramref name="bits"/> is set.</summary>
    static abstract T LaneMask(uint bits);

    static abstract float Sum(T value);

    static abstract float MaxAcross(T value);

    /// <summary>The four sums, in order, in every group of four lanes.</summary>
    static abstract T RepeatedSum4(T a, T b, T c, T d);

    /// <summary>In every group of four lanes the one of this number, 0 to 3, in all four. A constant, or it costs a branch.</summary>
    static abstract T Repeat(T value, int lane);
}
