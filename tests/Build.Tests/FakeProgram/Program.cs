// SPDX-License-Identifier: MIT
// Stands in for the yoso program in the tests of the build: says how it was called, and ends as FAKE_<COMMAND> says.
using System.Globalization;
using System.Runtime.InteropServices;

Console.WriteLine($"yoso {string.Join(' ', args)}");
var outcome = Environment.GetEnvironmentVariable($"FAKE_{args[0].ToUpperInvariant()}") ?? "0";
if (outcome != "wait")
{
    return int.Parse(outcome, CultureInfo.InvariantCulture);
}

using var asked = new ManualResetEventSlim();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
Console.WriteLine("waiting");
asked.Wait();
Console.WriteLine("ended cleanly");
return 130;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    asked.Set();
}
