// SPDX-License-Identifier: MIT
namespace Yoso.Cuda.Driver;

/// <summary>What cannot be done on the GPU, in one line that says what was tried; a driver error with its number, name and text.</summary>
public sealed class CudaException : Exception
{
    public CudaException(string message)
        : base(message)
    {
    }

    public CudaException(string message, CudaResult result)
        : base(message) => Result = result;

    /// <summary>The code that the driver returned; null where the driver was not reached.</summary>
    public CudaResult? Result { get; }
}
