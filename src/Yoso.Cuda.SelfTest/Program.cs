// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json;
using Yoso.Cuda;
using Yoso.Cuda.Driver;
using Yoso.Cuda.SelfTest;

SelfTestOptions options;
try
{
    options = SelfTestOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine($"yoso-kernels: {e.Message}");
    return 2;
}

if (options.ShowHelp)
{
    Console.WriteLine(SelfTestOptions.Help);
    return 0;
}

try
{
    var images = KernelImages.FromResources(typeof(SelfTestOptions).Assembly, KernelSources.Embedded);
    var driver = NativeCudaDriver.Open();
    var kernels = new DeviceKernels(driver, options.Device, images, options.Ptx);
    kernels.MakeCurrent();
    driver.Check(driver.GetVersion(out var version), "cuDriverGetVersion");
    var report = new SelfTestReport
    {
        Schema = 1,
        Date = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        Command = string.Join(' ', args.Prepend("yoso-kernels")),
        Device = kernels.Device.Name,
        Architecture = $"sm_{kernels.Device.Capability}",
        Driver = $"CUDA {version / 1000}.{version % 1000 / 10}",
        Kernels = $"{images.Description}{(options.Ptx ? "; PTX compiled by the driver" : "")}",
        SourceDigest = KernelSources.Embedded.Digest(),
    };
    if (options.Check)
    {
        report.Check = new KernelChecks(driver, kernels).Run(options.Cases, options.Seed);
    }

    if (options.Bench)
    {
        new KernelTimes(driver, kernels, options.Rounds).Run(report);
    }

    report.Use = KernelUses.Of(kernels);
    Console.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.SelfTestReport));
    foreach (var failure in report.Check?.Failures ?? [])
    {
        Console.Error.WriteLine($"yoso-kernels: {failure}");
    }

    return report.Check is { Failures.Length: > 0 } ? 1 : 0;
}
catch (Exception e) when (e is CudaException or InvalidDataException or ArgumentException)
{
    Console.Error.WriteLine($"yoso-kernels: {e.Message}");
    return 1;
}
