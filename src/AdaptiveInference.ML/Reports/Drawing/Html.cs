using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace AdaptiveInference.ML.Reports.Drawing;

/// <summary>
/// Builds HTML as a tree, so that text is escaped by the writer and never by hand. What the writer cannot hold, such as control
/// characters in a class name, is replaced.
/// </summary>
internal static class Html
{
    private static readonly HashSet<string> VoidElements = ["meta", "img", "br", "col"];

    /// <summary>Makes an element; text among the content is cleaned.</summary>
    public static XElement Element(string name, params object?[] content)
    {
        var element = new XElement(name);
        foreach (var part in content)
        {
            element.Add(Clean(part));
        }

        return element;
    }

    /// <summary>An element with a CSS class.</summary>
    public static XElement Of(string name, string cssClass, params object?[] content)
        => Element(name, [Attribute("class", cssClass), .. content]);

    public static XAttribute Attribute(string name, string value) => new(name, Clean(value));

    /// <summary>A name that came with the data: isolated, so that its writing direction does not affect the text around it.</summary>
    public static XElement Name(string name) => Of("bdi", "name", name);

    /// <summary>A part of the page with a heading and a sentence that says what it shows.</summary>
    public static XElement Section(string id, string title, object? summary, params object?[] content)
        => Element(
            "section",
            [
                Attribute("id", id), Attribute("aria-labelledby", id + "-title"), Element("h2", Attribute("id", id + "-title"), title),
                summary is null ? null : Of("p", "say", summary), .. content,
            ]);

    /// <summary>A table too wide for a phone: it scrolls by itself, also with the keyboard.</summary>
    public static XElement Scroll(string label, XElement table)
        => Of("div", "scroll", Attribute("tabindex", "0"), Attribute("role", "region"), Attribute("aria-label", label), table);

    /// <summary>A table of a header row and rows whose first cell is their heading.</summary>
    public static XElement Table(string caption, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<object>> rows)
        => Element(
            "table",
            Element("caption", caption),
            Element("thead", Element("tr", [.. header.Select(cell => Element("th", Attribute("scope", "col"), cell))])),
            Element("tbody", [.. rows.Select(row => Element("tr", [.. row.Select((cell, i) => i == 0
                ? Element("th", Attribute("scope", "row"), cell)
                : Element("td", cell))]))]));

    /// <summary>Writes a document.</summary>
    public static void Write(Stream stream, XElement html)
    {
        var empty = html.Descendants().Where(e => e.IsEmpty && e.Name.Namespace == XNamespace.None);
        foreach (var element in empty.Where(e => !VoidElements.Contains(e.Name.LocalName)))
        {
            // HTML knows no <td/>: without an end tag everything that follows would become its content.
            element.Value = "";
        }

        using var text = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        text.Write("<!DOCTYPE html>\n");
        using var writer = XmlWriter.Create(
            text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = false, NewLineHandling = NewLineHandling.None });
        html.Save(writer);
    }

    private static object? Clean(object? part) => part switch
    {
        string text => Clean(text),
        _ => part,
    };

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                clean.Append(text[i]).Append(text[++i]);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
            }
        }

        return clean.ToString();
    }
}
