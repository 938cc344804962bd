// SPDX-License-Identifier: MIT
using System.Collections.Frozen;

namespace Yoso.Data.Corpora.Wikitext;

/// <summary>What a reader sees of a link in double brackets.</summary>
internal static class WikiLink
{
    /// <summary>Namespaces of files and categories, in English and the languages of large Wikipedias.</summary>
    private static readonly FrozenSet<string> Dropped = FrozenSet.ToFrozenSet(
        [
            "file", "image", "media", "category", "datei", "bild", "kategorie", "fichier", "catégorie", "archivo", "imagen", "categoría", "immagine", "categoria", "ficheiro", "imagem",
            "bestand", "afbeelding", "categorie", "plik", "grafika", "kategoria", "fil", "kategori", "soubor", "файл", "изображение", "категория", "категорія", "ファイル", "画像", "カテゴリ", "文件", "分类", "分類",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <param name="parts">The content at its pipes: target, then label (files have more).</param>
    internal static string Label(string[] parts)
    {
        var target = parts[0].Trim();
        var colon = target.IndexOf(':', StringComparison.Ordinal);
        var prefix = colon > 0 ? target[..colon].Trim() : "";
        if (Dropped.Contains(prefix)) return "";
        // No link goes over a line end.
        if (parts[0].Contains('\n', StringComparison.Ordinal)) return string.Join('|', parts);
        if (parts.Length > 1)
        {
            var label = string.Join('|', parts[1..]);
            return label.Length > 0 ? label : WithoutPrefixAndParenthesis(target);
        }
        if (IsLanguage(prefix)) return "";
        return target.TrimStart(':', '#');
    }

    /// <summary>[[Help:Pipe (trick)|]] shows "Pipe".</summary>
    private static string WithoutPrefixAndParenthesis(string target)
    {
        var name = target[(target.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var parenthesis = name.LastIndexOf(" (", StringComparison.Ordinal);
        return parenthesis > 0 && name.EndsWith(')') ? name[..parenthesis] : name;
    }

    /// <summary>A link to the same page in another language stands in a list beside the page.</summary>
    private static bool IsLanguage(string prefix) =>
        prefix.Length is 2 or 3 && prefix.All(char.IsAsciiLetterLower) || (prefix.Contains('-', StringComparison.Ordinal) && prefix.Length <= 12 && prefix.All(c => char.IsAsciiLetterLower(c) || c == '-'));
}
