// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Yoso.Cpu;

/// <summary>A matrix in memory: element (row, column) lies at row · RowStride + column · ColumnStride floats.</summary>
public readonly unsafe struct StridedMatrix(float* data, long rowStride, long columnStride)
{
    public float* Data { get; } = data;

    public long RowStride { get; } = rowStride;

    public long ColumnStride { get; } = columnStride;
}

/// <summary>
/// C = A B (+ bias) for wide layers on 512-bit registers: tiles of 4 x 64 results in 16 registers, panels of B of 64 columns packed so
/// that a block of 128 products stays in the first-level cache. Each result is summed in one order whatever the number of threads.
/// </summary>
/// <remarks>Legend: A [M, K], B [K, N], C [M, N]. About twice as fast as a library that uses 256-bit registers; others are better off with that library.</remarks>
public static unsafe class WideProduct
{
    private const int TileRows = 4, PanelColumns = 64, DepthBlock = 128, RowBlock = 64;

    /// <summary>Whether this machine has 512-bit registers.</summary>
    public static bool IsSupported => CpuKernels.Path == SimdPath.Vector512;

    /// <param name="c">[M, N], rows <paramref name="cStride"/> apart; overwritten.</param>
    /// <param name="bias">[N], added to every row; null for none.</param>
    public static void Multiply(StridedMatrix a, StridedMatrix b, float* c, long cStride, float* bias, int m, int n, int k, int threads)
    {
        if (m < 0 || n < 0 || k < 1)
        {
            throw new ArgumentException($"a product of [{m}, {k}] and [{k}, {n}]");
        }

        var panels = (n + PanelColumns - 1) / PanelColumns;
        var packed = (float*)NativeMemory.AlignedAlloc((nuint)((long)panels * PanelColumns * k * sizeof(float)), 64);
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
            Parallel.For(0, panels, options, panel => PackPanel(b, packed + ((long)panel * PanelColumns * k), panel * PanelColumns, Math.Min(PanelColumns, n - (panel * PanelColumns)), k));
            Parallel.For(0, (m + RowBlock - 1) / RowBlock, options, block => Rows(a, packed, c, cStride, bias, block * RowBlock, Math.Min(RowBlock, m - (block * RowBlock)), n, k));
        }
        finally
        {
            NativeMemory.AlignedFree(packed);
        }
    }

    /// <summary>Columns first .. first + columns - 1 of B as [K, 64], zeros beyond the last.</summary>
    private static void PackPanel(StridedMatrix b, float* panel, int first, int columns, int k)
    {
        if (b.ColumnStride == 1)
        {
            for (var row = 0; row < k; row++)
            {
                var source = new ReadOnlySpan<float>(b.Data + (row * b.RowStride) + first, columns);
                var target = new Span<float>(panel + ((long)row * PanelColumns), PanelColumns);
                source.CopyTo(target);
                target[columns..].Clear();
            }

            return;
        }

        // A transposed B: sixteen rows at a time, so that what is read from a column's line is used before the line is gone.
        for (var row = 0; row < k; row += 16)
        {
            var rows = Math.Min(16, k - row);
            for (var column = 0; column < PanelColumns; column += 4)
            {
                PackTransposed(b.Data + ((first + column) * b.ColumnStride) + row, b.RowStride, b.ColumnStride, rows, columns - column, panel + ((long)row * PanelColumns) + column, PanelColumns);
            }
        }
    }

    /// <summary>Up to <paramref name="depths"/> x 4 elements of neighbouring lines as rows of four, zeros for lines that do not exist.</summary>
    /// <param name="depthStride">Floats between the elements of a line; registers are used where it is 1.</param>
    /// <param name="lines">Lines that exist; 4 or more fill the four.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed(float* source, long depthStride, long lineStride, int depths, int lines, float* target, long targetStride)
    {
        var depth = 0;
        if (depthStride == 1 && lines >= 4)
        {
            for (; depth + 4 <= depths; depth += 4)
            {
                var p = source + depth;
                Vector128<float> a = Vector128.Load(p), b = Vector128.Load(p + lineStride), c = Vector128.Load(p + (2 * lineStride)), d = Vector128.Load(p + (3 * lineStride));
                Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
                var t = target + (depth * targetStride);
                Sse.MoveLowToHigh(ab, cd).Store(t);
                Sse.MoveHighToLow(cd, ab).Store(t + targetStride);
                Sse.MoveLowToHigh(abHigh, cdHigh).Store(t + (2 * targetStride));
                Sse.MoveHighToLow(cdHigh, abHigh).Store(t + (3 * targetStride));
            }
        }

        for (; depth < depths; depth++)
        {
            for (var line = 0; line < 4; line++)
            {
                target[(depth * targetStride) + line] = line < lines ? source[(depth * depthStride) + (line * lineStride)] : 0;
            }
        }
    }

    private static void Rows(StridedMatrix a, float* packed, float* c, long cStride, float* bias, int firstRow, int rows, int n, int k)
    {
        var tiles = (rows + TileRows - 1) / TileRows;
        var left = stackalloc float[RowBlock * DepthBlock]; // [tile][depth][4]
        var edge = stackalloc float[TileRows * PanelColumns];
        for (var depth = 0; depth < k; depth += DepthBlock)
        {
            var depths = Math.Min(DepthBlock, k - depth);
            PackRows(a, left, firstRow, rows, depth, depths);
            for (var column = 0; column < n; column += PanelColumns)
            {
                var panel = packed + ((long)column * k) + ((long)depth * PanelColumns);
                var columns = Math.Min(PanelColumns, n - column);
                for (var tile = 0; tile < tiles; tile++)
                {
                    var tileRows = Math.Min(TileRows, rows - (tile * TileRows));
                    var target = c + ((firstRow + (tile * TileRows)) * cStride) + column;
                    if (tileRows == TileRows && columns == PanelColumns)
                    {
                        if (depth == 0)
                        {
                            Start(target, cStride, bias is null ? null : bias + column, TileRows, PanelColumns);
                        }

                        Tile(left + (tile * TileRows * DepthBlock), panel, depths, target, cStride);
                        continue;
                    }

                    // At the edges a whole tile is computed in a buffer and the part that exists is copied.
                    Copy(target, cStride, edge, PanelColumns, tileRows, columns);
                    if (depth == 0)
                    {
                        Start(edge, PanelColumns, bias is null ? null : bias + column, tileRows, columns);
                    }

                    Tile(left + (tile * TileRows * DepthBlock), panel, depths, edge, PanelColumns);
                    Copy(edge, PanelColumns, target, cStride, tileRows, columns);
                }
            }
        }
    }

    /// <summary>Rows of A as [tile][depth][4], zeros beyond the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(StridedMatrix a, float* left, int firstRow, int rows, int depth, int depths)
    {
        var tiles = (rows + TileRows - 1) / TileRows;
        var source = a.Data + (firstRow * a.RowStride) + (depth * a.ColumnStride);
        var whole = a.RowStride == 1 ? rows / TileRows : 0;
        // A transposed A: a depth's rows are neighbours, and one depth after another no line is read twice.
        for (var i = 0; whole > 0 && i < depths; i++)
        {
            var line = source + (i * a.ColumnStride);
            for (var tile = 0; tile < whole; tile++)
            {
                Vector128.Load(line + (tile * TileRows)).Store(left + (((tile * DepthBlock) + i) * TileRows));
            }
        }

        for (var tile = whole; tile < tiles; tile++)
        {
            PackTransposed(source + (tile * TileRows * a.RowStride), a.ColumnStride, a.RowStride, depths, rows - (tile * TileRows), left + (tile * TileRows * DepthBlock), TileRows);
        }
    }

    private static void Start(float* c, long cStride, float* bias, int rows, int columns)
    {
        for (var row = 0; row < rows; row++)
        {
            var target = new Span<float>(c + (row * cStride), columns);
            if (bias is null)
            {
                target.Clear();
            }
            else
            {
                new ReadOnlySpan<float>(bias, columns).CopyTo(target);
            }
        }
    }

    private static void Copy(float* source, long sourceStride, float* target, long targetStride, int rows, int columns)
    {
        for (var row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(source + (row * sourceStride), columns).CopyTo(new Span<float>(target + (row * targetStride), columns));
        }
    }

    /// <summary>C[4, 64] += A[4, depths] B[depths, 64]; sixteen sums live in registers throughout.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* a, float* b, int depths, float* c, long cStride)
    {
        float* c1 = c + cStride, c2 = c1 + cStride, c3 = c2 + cStride;
        Vector512<float> s00 = Vector512.Load(c), s01 = Vector512.Load(c + 16), s02 = Vector512.Load(c + 32), s03 = Vector512.Load(c + 48);
        Vector512<float> s10 = Vector512.Load(c1), s11 = Vector512.Load(c1 + 16), s12 = Vector512.Load(c1 + 32), s13 = Vector512.Load(c1 + 48);
        Vector512<float> s20 = Vector512.Load(c2), s21 = Vector512.Load(c2 + 16), s22 = Vector512.Load(c2 + 32), s23 = Vector512.Load(c2 + 48);
        Vector512<float> s30 = Vector512.Load(c3), s31 = Vector512.Load(c3 + 16), s32 = Vector512.Load(c3 + 32), s33 = Vector512.Load(c3 + 48);
        for (var depth = 0; depth < depths; depth++)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16), b2 = Vector512.Load(b + 32), b3 = Vector512.Load(b + 48);
            var x = Vector512.Create(a[0]);
            s00 = Vector512.FusedMultiplyAdd(x, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(x, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(x, b2, s02);
            s03 = Vector512.FusedMultiplyAdd(x, b3, s03);
            x = Vector512.Create(a[1]);
            s10 = Vector512.FusedMultiplyAdd(x, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(x, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(x, b2, s12);
            s13 = Vector512.FusedMultiplyAdd(x, b3, s13);
            x = Vector512.Create(a[2]);
            s20 = Vector512.FusedMultiplyAdd(x, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(x, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(x, b2, s22);
            s23 = Vector512.FusedMultiplyAdd(x, b3, s23);
            x = Vector512.Create(a[3]);
            s30 = Vector512.FusedMultiplyAdd(x, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(x, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(x, b2, s32);
            s33 = Vector512.FusedMultiplyAdd(x, b3, s33);
            a += TileRows;
            b += PanelColumns;
        }

        s00.Store(c);
        s01.Store(c + 16);
        s02.Store(c + 32);
        s03.Store(c + 48);
        s10.Store(c1);
        s11.Store(c1 + 16);
        s12.Store(c1 + 32);
        s13.Store(c1 + 48);
        s20.Store(c2);
        s21.Store(c2 + 16);
        s22.Store(c2 + 32);
        s23.Store(c2 + 48);
        s30.Store(c3);
        s31.Store(c3 + 16);
        s32.Store(c3 + 32);
        s33.Store(c3 + 48);
    }
}
