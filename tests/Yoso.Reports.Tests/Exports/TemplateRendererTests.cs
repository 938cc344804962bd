// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Reports.Exports;

namespace Yoso.Reports.Tests.Exports;

public sealed class TemplateRendererTests
{
    [Theory]
    [InlineData("a_b*c|d", "a\\_b\\*c\\|d")]
    [InlineData("<b>&\nx", "&lt;b&gt;&amp; x")]
    public void MarkdownText_IsShownLiterally(string text, string expected) => Assert.Equal(expected, TemplateRenderer.MarkdownText(text));

    [Theory]
    [InlineData("./yoso run x", "`./yoso run x`")]
    [InlineData("a`b``c", "``` a`b``c ```")]
    [InlineData("a|b\nc", "`a\\|b c`")]
    public void MarkdownCode_UsesAFenceThatTheTextLacks(string text, string expected) => Assert.Equal(expected, TemplateRenderer.MarkdownCode(text).Text);

    [Theory]
    [InlineData("50 % & {x}_1 #2 $3", "50 \\% \\& \\{x\\}\\_1 \\#2 \\$3")]
    [InlineData("\\input{x} ~^", "\\textbackslash{}input\\{x\\} \\textasciitilde{}\\textasciicircum{}")]
    [InlineData("1 ± 2", "1 $\\pm$ 2")]
    public void LatexText_HasNoActiveCharacters(string text, string expected) => Assert.Equal(expected, TemplateRenderer.LatexText(text));

    [Fact]
    public void MarkdownText_StaysOnOneLine() => Gen.String.Sample(text => !TemplateRenderer.MarkdownText(text).Any(char.IsControl));
}
