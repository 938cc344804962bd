// SPDX-License-Identifier: MIT
namespace Yoso.Models.Attention;

/// <summary>Random directions for Performer's features: the same bits on every machine.</summary>
internal static class OrthogonalRows
{
    /// <summary>
    /// Rows of which each block of <paramref name="columns"/> is orthogonal, uniform over rotations, with the lengths of independent
    /// standard normal vectors: [rows * columns], row by row.
    /// </summary>
    public static float[] Gaussian(int rows, int columns, Seed seed)
    {
        var result = new float[rows * columns];
        var block = new double[columns][];
        for (var row = 0; row < rows; row++)
        {
            var own = block[row % columns] = NormalVector(columns, seed.Derive("directions").Derive(row));
            // Twice: once leaves a remainder of the size of rounding over the remaining length.
            for (var pass = 0; pass < 2; pass++)
            {
                for (var earlier = 0; earlier < row % columns; earlier++)
                {
                    var share = Dot(own, block[earlier]);
                    for (var i = 0; i < columns; i++)
                    {
                        own[i] -= share * block[earlier][i];
                    }
                }
            }

            var (inverse, length) = (1 / Math.Sqrt(Dot(own, own)), Math.Sqrt(Squares(NormalVector(columns, seed.Derive("lengths").Derive(row)))));
            for (var i = 0; i < columns; i++)
            {
                own[i] *= inverse;
                result[(row * columns) + i] = (float)(own[i] * length);
            }
        }

        return result;
    }

    private static double[] NormalVector(int count, Seed seed) =>
        [.. Enumerable.Range(0, count).Select(i => Weights.Normal(seed, i))];

    private static double Squares(double[] a) => Dot(a, a);

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
