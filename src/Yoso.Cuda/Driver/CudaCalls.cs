// SPDX-License-Identifier: MIT
namespace Yoso.Cuda.Driver;

/// <summary>Turns return codes into exceptions that say what was tried.</summary>
internal static class CudaCalls
{
    public static void Check(this ICudaDriver driver, CudaResult result, string doing)
    {
        if (result != CudaResult.Success)
        {
            throw Failure(driver, result, doing);
        }
    }

    public static CudaException Failure(ICudaDriver driver, CudaResult result, string doing)
    {
        var (name, text) = driver.Describe(result);
        return new CudaException($"{doing}: {name} ({(int)result}), {text}", result);
    }
}
