// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Tests.Products;

/// <summary>The product for 512-bit registers against sums in double precision, at sizes around its blocks.</summary>
public sealed class WideProductTests
{
    /// <summary>
    /// Sizes [M, K] x [K, N]: one value; edges of tiles and panels; several blocks of rows (160), columns (1024) and depth (128); and with B above 4 MB and
    /// N above M the product that is computed as its transpose, with M beyond a panel and beyond a block of columns.
    /// </summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 65, 130)]
    [InlineData(331, 70, 300)]
    [InlineData(6, 1100, 140)]
    [InlineData(37, 1301, 1000)]
    [InlineData(1030, 1070, 1000)]
    public unsafe void Multiply_IsTheSum_InTheSameBitsForAnyThreads(int m, int n, int k)
    {
        Assert.SkipUnless(WideProduct.IsSupported, "no 512-bit registers");
        var random = new Random(7);
        var (a, b, bias) = (Values(m * k), Values(k * n), Values(n));
        var (aTurned, bTurned) = (Turned(a, m, k), Turned(b, k, n));
        long stride = n + 3; // rows of C may lie apart
        var results = new List<float[]>();
        fixed (float* pa = a, pb = b, pat = aTurned, pbt = bTurned, pBias = bias)
        {
            foreach (var (left, right, threads) in new[]
            {
                (new StridedMatrix(pa, k, 1), new StridedMatrix(pb, n, 1), 1), (new StridedMatrix(pat, 1, m), new StridedMatrix(pb, n, 1), 2),
                (new StridedMatrix(pa, k, 1), new StridedMatrix(pbt, 1, k), 3),
            })
            {
                var c = new float[m * stride];
                Array.Fill(c, float.NaN);
                fixed (float* pc = c)
                {
                    WideProduct.Multiply(left, right, pc, stride, pBias, m, n, k, threads);
                }

                results.Add(c);
            }
        }

        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
        for (var row = 0; row < m; row++)
        {
            Assert.All(results[0].AsSpan((int)(row * stride) + n, 3).ToArray(), v => Assert.True(float.IsNaN(v), "between the rows nothing is written"));
            for (var column = row % 7; column < n; column += n < 100 ? 1 : 7)
            {
                double sum = bias[column], size = Math.Abs(sum);
                for (var depth = 0; depth < k; depth++)
                {
                    var product = (double)a[(row * k) + depth] * b[(depth * n) + column];
                    (sum, size) = (sum + product, size + Math.Abs(product));
                }

                // k + 1 roundings of partial sums that are at most "size" (Higham, Accuracy and Stability, 3.1).
                Assert.InRange(results[0][(row * stride) + column], sum - ((k + 1) * size * 6e-8), sum + ((k + 1) * size * 6e-8));
            }
        }

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    [Fact]
    public unsafe void Multiply_OverwritesWithoutABias()
    {
        Assert.SkipUnless(WideProduct.IsSupported, "no 512-bit registers");
        float[] a = [2], b = [3], c = [float.NaN];
        fixed (float* pa = a, pb = b, pc = c)
        {
            WideProduct.Multiply(new StridedMatrix(pa, 1, 1), new StridedMatrix(pb, 1, 1), pc, 1, null, 1, 1, 1, 2);
        }

        Assert.Equal(6, c[0]);
    }

    private static float[] Turned(float[] values, int rows, int columns)
    {
        var turned = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            turned[(i % columns * rows) + (i / columns)] = values[i];
        }

        return turned;
    }
}
