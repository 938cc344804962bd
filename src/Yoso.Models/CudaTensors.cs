// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using TorchSharp;
using Yoso.Cuda;
using static TorchSharp.torch;

namespace Yoso.Models;

/// <summary>Torch tensors on a GPU as the kernels of Yoso.Cuda take them: by address, without a copy where the layout fits. The caller keeps the tensor alive until the work is queued.</summary>
internal static class CudaTensors
{
    /// <summary>Whether a tensor is on a GPU, hence its kernels' business.</summary>
    public static bool OnDevice(Tensor tensor) => tensor.device_type == DeviceType.CUDA;

    public static DevicePointer Data(Tensor tensor) => new(THSTensor_data(tensor.Handle));

    /// <summary>
    /// [T, H, D] as rows of W floats: the tensor itself where its rows are that wide and aligned, else a copy with zeros behind them.
    /// A slice of a fused projection is taken as it is.
    /// </summary>
    /// <exception cref="ArgumentException">Not float32: there are no kernels for other types, and nothing else is used in their place.</exception>
    public static (Tensor Kept, DeviceRows Rows) Rows(Tensor tensor, int width)
    {
        if (tensor.dtype != ScalarType.Float32)
        {
            throw new ArgumentException($"the CUDA kernels take float32, got {tensor.dtype} [{string.Join(", ", tensor.shape)}]");
        }

        var (shape, strides) = (tensor.shape, tensor.stride());
        if (shape[2] == width && strides[2] == 1 && (strides[1] == width || shape[1] == 1) && strides[0] % 4 == 0 && strides[0] >= shape[1] * width && Data(tensor).Address % 16 == 0)
        {
            return (tensor, new DeviceRows(Data(tensor), strides[0]));
        }

        var copy = zeros([shape[0], shape[1], width], float32, tensor.device);
        copy.narrow(2, 0, shape[2]).copy_(tensor);
        return (copy, new DeviceRows(Data(copy), shape[1] * width));
    }

    /// <summary>Room for [T, H, W] floats; <see cref="Narrow"/> gives what of it is the result.</summary>
    public static (Tensor Kept, DeviceRows Rows) Room(Tensor like, int width)
    {
        var shape = like.shape;
        var room = empty([shape[0], shape[1], width], float32, like.device);
        return (room, new DeviceRows(Data(room), shape[1] * width));
    }

    /// <summary>[T, H, W] without the padding, contiguous.</summary>
    public static Tensor Narrow(Tensor rows, long headDim) => rows.shape[2] == headDim ? rows : rows.narrow(2, 0, headDim).contiguous();

    /// <summary>Bytes to work in; torch's allocator hands them to later work of the same stream only.</summary>
    public static Tensor Workspace(long bytes, Device device) => empty([Math.Max(1, bytes)], uint8, device);

    [DllImport("LibTorchSharp")]
    private static extern nint THSTensor_data(nint tensor);
}
