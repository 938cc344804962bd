// SPDX-License-Identifier: MIT
using System.Text;

namespace BuildTests;

/// <summary>Collects what this test writes to the console; what the test runner writes meanwhile still gets there.</summary>
internal sealed class CapturedConsole : IDisposable
{
    private static readonly AsyncLocal<StringBuilder?> Current = new();
    private static readonly TextWriter Real = Console.Out;
    private readonly StringBuilder text = new();

    static CapturedConsole()
    {
        Console.SetOut(new Router());
        Console.SetError(new Router());
    }

    public CapturedConsole() => Current.Value = text;

    public string Text => text.ToString().ReplaceLineEndings("\n");

    public void Dispose() => Current.Value = null;

    private sealed class Router : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            if (Current.Value is { } captured)
            {
                captured.Append(value);
            }
            else
            {
                Real.Write(value);
            }
        }
    }
}
