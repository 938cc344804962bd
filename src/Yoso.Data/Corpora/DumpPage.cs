// SPDX-License-Identifier: MIT
using System.Xml;

namespace Yoso.Data.Corpora;

/// <summary>What a dump says of a page, as far as text is concerned.</summary>
internal sealed record DumpPage(string Title, int Namespace, bool IsRedirect, string Model, string Text)
{
    // External entities and document types have no place in a dump; both are refused.
    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true };

    /// <summary>An encyclopedic page with a text of its own.</summary>
    internal bool IsArticle => Namespace == 0 && !IsRedirect && Model is "" or "wikitext" && !Text.AsSpan().TrimStart().StartsWith("#redirect", StringComparison.OrdinalIgnoreCase);

    /// <param name="page">A page element. Of several revisions the last counts.</param>
    /// <exception cref="XmlException">It is not well-formed.</exception>
    internal static DumpPage Parse(Stream page)
    {
        using var reader = XmlReader.Create(page, Settings);
        var (title, space, redirect, model, text) = ("", 0, false, "", "");
        reader.Read();
        while (!reader.EOF)
        {
            if (reader.NodeType != XmlNodeType.Element)
            {
                reader.Read();
                continue;
            }
            switch (reader.LocalName)
            {
                case "title":
                    title = reader.ReadElementContentAsString();
                    break;
                case "ns":
                    space = int.TryParse(reader.ReadElementContentAsString(), out var number) ? number : throw new XmlException("ns is not a number");
                    break;
                case "redirect":
                    redirect = true;
                    reader.Skip();
                    break;
                case "model":
                    model = reader.ReadElementContentAsString();
                    break;
                case "text":
                    text = reader.ReadElementContentAsString();
                    break;
                default:
                    reader.Read();
                    break;
            }
        }
        return new DumpPage(title, space, redirect, model, text);
    }
}
