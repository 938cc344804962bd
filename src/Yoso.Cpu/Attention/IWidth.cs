// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Attention;

/// <summary>A padded head dimension as a type, so that the JIT compiles one copy of a kernel with constant trip counts.</summary>
internal interface IWidth
{
    static abstract int Value { get; }
}

internal readonly struct Width16 : IWidth
{
    public static int Value => 16;
}

internal readonly struct Width32 : IWidth
{
    public static int Value => 32;
}

internal readonly struct Width64 : IWidth
{
    public static int Value => 64;
}

internal readonly struct Width128 : IWidth
{
    public static int Value => 128;
}

internal readonly struct Width256 : IWidth
{
    public static int Value => 256;
}
