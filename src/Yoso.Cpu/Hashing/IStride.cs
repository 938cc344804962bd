// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Hashing;

/// <summary>Coordinates from one register of a group to the next, as a type: addresses are then constants to the JIT.</summary>
internal interface IStride
{
    static abstract int Value { get; }
}

internal readonly struct By1 : IStride
{
    public static int Value => 1;
}

internal readonly struct By4 : IStride
{
    public static int Value => 4;
}

internal readonly struct By8 : IStride
{
    public static int Value => 8;
}

internal readonly struct By16 : IStride
{
    public static int Value => 16;
}

internal readonly struct By32 : IStride
{
    public static int Value => 32;
}
