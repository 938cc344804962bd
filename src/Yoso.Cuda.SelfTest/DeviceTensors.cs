// SPDX-License-Identifier: MIT
using Yoso.Cuda.Driver;

namespace Yoso.Cuda.SelfTest;

/// <summary>Device memory of one case, freed together.</summary>
internal sealed class DeviceTensors(NativeCudaDriver driver) : IDisposable
{
    private readonly List<DevicePointer> _all = [];

    /// <summary>Room whose bytes are all 0xff: what a kernel leaves out is NaN, or a code or entry far out of range.</summary>
    public DevicePointer Room(long bytes)
    {
        var pointer = driver.Allocate(bytes);
        _all.Add(pointer);
        driver.Fill(pointer, 0xff, Math.Max(1, bytes));
        return pointer;
    }

    public DevicePointer Copy<T>(ReadOnlySpan<T> data)
        where T : unmanaged
    {
        var pointer = driver.Allocate((long)data.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        _all.Add(pointer);
        driver.CopyToDevice(pointer, data);
        return pointer;
    }

    /// <summary>[T, H, D] on the host to rows of W floats on the device, with zeros behind the D values and, between tokens, NaN.</summary>
    public DeviceRows Rows(float[] data, PackedItems items, int gap)
    {
        var stride = (items.Heads * items.Width) + gap;
        var padded = new float[(long)items.Tokens * stride];
        Array.Fill(padded, float.NaN);
        for (var t = 0; t < items.Tokens; t++)
        {
            for (var h = 0; h < items.Heads; h++)
            {
                var row = padded.AsSpan((t * stride) + (h * items.Width), items.Width);
                row.Clear();
                data.AsSpan(((t * items.Heads) + h) * items.HeadDim, items.HeadDim).CopyTo(row);
            }
        }

        return new DeviceRows(Copy<float>(padded), stride);
    }

    public DeviceRows RoomForRows(PackedItems items, int gap)
    {
        var stride = (long)(items.Heads * items.Width) + gap;
        return new DeviceRows(Room(items.Tokens * stride * sizeof(float)), stride);
    }

    /// <summary>The D values of each row, [T, H, D].</summary>
    public float[] Read(DeviceRows rows, PackedItems items)
    {
        var padded = new float[items.Tokens * rows.Stride];
        driver.CopyToHost(padded.AsSpan(), rows.Data);
        var data = new float[(long)items.Tokens * items.Heads * items.HeadDim];
        for (var t = 0; t < items.Tokens; t++)
        {
            for (var h = 0; h < items.Heads; h++)
            {
                padded.AsSpan((int)(t * rows.Stride) + (h * items.Width), items.HeadDim).CopyTo(data.AsSpan(((t * items.Heads) + h) * items.HeadDim));
            }
        }

        return data;
    }

    public void Dispose()
    {
        driver.Synchronize();
        _all.ForEach(driver.Free);
        _all.Clear();
    }
}
