// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
/// that a block of 128 products stays in the first-level cache, and a block of C that stays in the second until it is whole. Each result
/// is summed in one order whatever the number of threads.
/// </summary>
/// <remarks>Legend: A [M, K], B [K, N], C [M, N]. About twice as fast as a library that uses 256-bit registers; others are better off with that library.</remarks>
public static unsafe partial class WideProduct
{
    private const int TileRows = 4, PanelColumns = 64, DepthBlock = 128;

    // A block of C: 160 x 1024 floats are 640 KB. More rows read B less often.
    private const int MostRows = 160, LeastRows = 32, ColumnBlock = 16 * PanelColumns;

    // Floats from a packed tile, and from a row of the turned block, to the next: not a power of two, or neighbours would share a set of the first-level cache.
    private const int TileStride = (TileRows * DepthBlock) + 16, BlockStride = ColumnBlock + 16;

    // Bytes of B from which it is worth turning the product round so that the smaller matrix is the packed one.
    private const long LargePanels = 4 << 20;

    /// <summary>Whether this machine has 512-bit registers.</summary>
    public static bool IsSupported => CpuKernels.Path == SimdPath.Vector512;

    /// <summary>What the blocks of a product share. Turned: C is the transpose of what is computed.</summary>
    private readonly struct Product(StridedMatrix a, float* packed, float* c, long cStride, float* bias, int n, int k, bool turned)
    {
        public readonly StridedMatrix A = a;
        public readonly float* Packed = packed, C = c, Bias = bias;
        public readonly long CStride = cStride;
        public readonly int N = n, K = k;
        public readonly bool Turned = turned;
    }

    /// <param name="c">[M, N], rows <paramref name="cStride"/> apart; overwritten.</param>
    /// <param name="bias">[N], added to every row; null for none.</param>
    public static void Multiply(StridedMatrix a, StridedMatrix b, float* c, long cStride, float* bias, int m, int n, int k, int threads)
    {
        if (m < 0 || n < 0 || k < 1)
        {
            throw new ArgumentException($"a product of [{m}, {k}] and [{k}, {n}]");
        }

        // The transpose has the same sums: every product is the same and they are added in the same order.
        var turned = n > m && (long)n * k * sizeof(float) > LargePanels;
        if (turned)
        {
            (a, b) = (new StridedMatrix(b.Data, b.ColumnStride, b.RowStride), new StridedMatrix(a.Data, a.ColumnStride, a.RowStride));
            (m, n) = (n, m);
        }

        var panels = (n + PanelColumns - 1) / PanelColumns;
        var packed = (float*)NativeMemory.AlignedAlloc((nuint)((long)panels * PanelColumns * k * sizeof(float)), 64);
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
            Parallel.For(0, panels, options, panel => PackPanel(b, packed + ((long)panel * PanelColumns * k), panel * PanelColumns, Math.Min(PanelColumns, n - (panel * PanelColumns)), k));
            var (product, size) = (new Product(a, packed, c, cStride, bias, n, k, turned), RowsOfBlock(m, threads));
            Parallel.For(0, (m + size - 1) / size, options, block => Rows(product, block * size, Math.Min(size, m - (block * size))));
        }
        finally
        {
            NativeMemory.AlignedFree(packed);
        }
    }

    /// <summary>Whole tiles, and as many blocks for one thread as for another. The sums do not depend on it.</summary>
    private static int RowsOfBlock(int m, int threads)
    {
        var rounds = Math.Max(1, (m + (MostRows * threads) - 1) / (MostRows * threads));
        return Math.Clamp((((m + (rounds * threads) - 1) / (rounds * threads)) + TileRows - 1) / TileRows * TileRows, LeastRows, MostRows);
    }

    private static void Rows(in Product product, int firstRow, int rows)
    {
        var left = stackalloc float[MostRows / TileRows * TileStride]; // [tile][depth][4]
        var block = product.Turned ? (float*)NativeMemory.AlignedAlloc(MostRows * BlockStride * sizeof(float), 64) : null;
        try
        {
            for (var column = 0; column < product.N; column += ColumnBlock)
            {
                var columns = Math.Min(ColumnBlock, product.N - column);
                for (var depth = 0; depth < product.K; depth += DepthBlock)
                {
                    var depths = Math.Min(DepthBlock, product.K - depth);
                    PackRows(product.A, left, firstRow, rows, depth, depths);
                    Panels(product, left, block, firstRow, rows, column, columns, depth, depths);
                }

                if (product.Turned)
                {
                    Turn(block, product.C + (column * product.CStride) + firstRow, product.CStride, rows, columns);
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(block);
        }
    }

    /// <summary>One depth block of a block of C, or of the buffer for its transpose, which has whole tiles only.</summary>
    private static void Panels(in Product product, float* left, float* block, int firstRow, int rows, int firstColumn, int allColumns, int depth, int depths)
    {
        var edge = stackalloc float[TileRows * PanelColumns];
        for (var offset = 0; offset < allColumns; offset += PanelColumns)
        {
            var column = firstColumn + offset;
            var panel = product.Packed + ((long)column * product.K) + ((long)depth * PanelColumns);
            var columns = Math.Min(PanelColumns, allColumns - offset);
            for (var row = 0; row < rows; row += TileRows)
            {
                var tileRows = Math.Min(TileRows, rows - row);
                if (product.Turned)
                {
                    var inBlock = block + (row * BlockStride) + offset;
                    if (depth == 0)
                    {
                        StartTurned(inBlock, product.Bias is null ? null : product.Bias + firstRow + row, tileRows);
                    }

                    Tile(left + (row / TileRows * TileStride), panel, depths, inBlock, BlockStride);
                    continue;
                }

                var target = product.C + ((firstRow + row) * product.CStride) + column;
                var bias = product.Bias is null ? null : product.Bias + column;
                if (tileRows == TileRows && columns == PanelColumns)
                {
                    if (depth == 0)
                    {
                        Start(target, product.CStride, bias, TileRows, PanelColumns);
                    }

                    Tile(left + (row / TileRows * TileStride), panel, depths, target, product.CStride);
                    continue;
                }

                // At the edges a whole tile is computed in a buffer and the part that exists is copied.
                Copy(target, product.CStride, edge, PanelColumns, tileRows, columns);
                if (depth == 0)
                {
                    Start(edge, PanelColumns, bias, tileRows, columns);
                }

                Tile(left + (row / TileRows * TileStride), panel, depths, edge, PanelColumns);
                Copy(edge, PanelColumns, target, product.CStride, tileRows, columns);
            }
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

    /// <summary>A tile of the transpose, whose rows have one bias each.</summary>
    private static void StartTurned(float* tile, float* bias, int rows)
    {
        for (var row = 0; row < TileRows; row++)
        {
            new Span<float>(tile + (row * BlockStride), PanelColumns).Fill(bias is null || row >= rows ? 0 : bias[row]);
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
