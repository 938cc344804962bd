// SPDX-License-Identifier: MIT
using System.Text;

namespace ExecutorsTests;

/// <summary>Passes lines on and acts once, at the first that holds a text.</summary>
internal sealed class Watcher(TextWriter inner, string text, Action act) : TextWriter
{
    private bool _acted;

    public override Encoding Encoding => Encoding.UTF8;

    public override void WriteLine(string? value)
    {
        inner.WriteLine(value);
        if (!_acted && value?.Contains(text, StringComparison.Ordinal) == true)
        {
            _acted = true;
            act();
        }
    }
}
