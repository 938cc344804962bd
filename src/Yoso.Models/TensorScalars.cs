// SPDX-License-Identifier: MIT
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models;

/// <summary>
/// Arithmetic of a tensor and a number. A number written into a TorchSharp operation becomes a native scalar that nothing holds once its address has
/// been taken, so a collection started by another thread (the one that makes batches ahead) can free it under the running operation: an exception
/// "Unknown scalar type", or a wrong number. Here it lives until the operation has returned.
/// </summary>
public static class TensorScalars
{
    public static Tensor Times(this Tensor tensor, double factor)
    {
        using Scalar scalar = factor;
        return tensor.mul(scalar);
    }

    /// <summary>Keeps whole numbers whole.</summary>
    public static Tensor Times(this Tensor tensor, long factor)
    {
        using Scalar scalar = factor;
        return tensor.mul(scalar);
    }

    public static Tensor Plus(this Tensor tensor, double number)
    {
        using Scalar scalar = number;
        return tensor.add(scalar);
    }

    public static Tensor Over(this Tensor tensor, double divisor)
    {
        using Scalar scalar = divisor;
        return tensor.div(scalar);
    }

    /// <summary>sums[rows[i]] += tensor[i] along the first dimension, on new zeros of <paramref name="count"/> rows.</summary>
    public static Tensor SumRows(this Tensor tensor, Tensor rows, long count)
    {
        using Scalar one = 1;
        var shape = tensor.shape;
        shape[0] = count;
        return zeros(shape, tensor.dtype, tensor.device).index_add(0, rows, tensor, one);
    }

    /// <summary>Where <paramref name="mask"/> is set, <paramref name="value"/>.</summary>
    public static Tensor Masked(this Tensor tensor, Tensor mask, double value)
    {
        using Scalar scalar = value;
        return tensor.masked_fill(mask, scalar);
    }
}
