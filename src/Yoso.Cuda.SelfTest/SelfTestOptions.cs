// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Cuda.SelfTest;

/// <summary>The command line of yoso-kernels.</summary>
internal sealed record SelfTestOptions
{
    public const string Help =
        """
        Checks the CUDA kernels of YOSO against its CPU kernels, times them, and prints JSON. Exit code 0: all equal; 1: a mismatch or an
        error; 2: wrong usage.

          yoso-kernels [check] [bench] [--cases N] [--seed N] [--device N] [--ptx] [--rounds N]

          check      random shapes, odd sizes, empty and masked tokens, skewed inputs, both samplers and gradient modes
          bench      times and bandwidths for n = 512 .. 16384, d = 32 and 64, m = 16 and 32; without either word both run
          --cases N  random cases beside the fixed ones (default 60)
          --seed N   of the random cases (default 1)
          --device N which GPU (default 0)
          --ptx      let the driver compile the PTX instead of loading machine code
          --rounds N timed rounds of the benchmark (default 20)
        """;

    public bool Check { get; private set; }

    public bool Bench { get; private set; }

    public bool Ptx { get; private set; }

    public bool ShowHelp { get; private set; }

    public int Cases { get; private set; } = 60;

    public int Seed { get; private set; } = 1;

    public int Device { get; private set; }

    public int Rounds { get; private set; } = 20;

    /// <exception cref="FormatException">One line says what is wrong.</exception>
    public static SelfTestOptions Parse(string[] arguments)
    {
        var options = new SelfTestOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "check": options.Check = true; break;
                case "bench": options.Bench = true; break;
                case "--ptx": options.Ptx = true; break;
                case "--help" or "-h": options.ShowHelp = true; break;
                case "--cases": options.Cases = Number(arguments, ref i); break;
                case "--seed": options.Seed = Number(arguments, ref i); break;
                case "--device": options.Device = Number(arguments, ref i); break;
                case "--rounds": options.Rounds = Math.Max(1, Number(arguments, ref i)); break;
                default: throw new FormatException($"'{arguments[i]}' is not understood (--help)");
            }
        }

        if (!options.Check && !options.Bench)
        {
            (options.Check, options.Bench) = (true, true);
        }

        return options;
    }

    private static int Number(string[] arguments, ref int at) =>
        at + 1 < arguments.Length && int.TryParse(arguments[++at], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"{arguments[at == arguments.Length ? at - 1 : at]}: need a whole number behind the option (--help)");
}
