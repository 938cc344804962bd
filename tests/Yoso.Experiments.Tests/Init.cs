// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Models.Native;

namespace Yoso.Experiments.Tests;

internal static class Init
{
    [ModuleInitializer]
    internal static void Run() => TorchNative.Install();
}
