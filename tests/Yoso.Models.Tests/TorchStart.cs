// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Models.Native;

namespace Yoso.Models.Tests;

internal static class TorchStart
{
    [ModuleInitializer]
    internal static void Install() => TorchNative.Install();
}
