using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using OxyPlot;

namespace AdaptiveInference.ML.Reports.Drawing;

/// <summary>Turns a plot into SVG that fits a page: it scales, takes the page's colours and font, and has a text alternative.</summary>
internal static class PlotSvg
{
    // SVG text shrinks with its picture: a phone gets a drawing of its own and not a small one of the desktop's.
    private static readonly (double Width, double Height) Wide = (980, 400);
    private static readonly (double Width, double Height) Narrow = (340, 260);

    /// <summary>Draws a plot as a figure.</summary>
    /// <param name="id">Unique on the page.</param>
    /// <param name="plot">The plot.</param>
    /// <param name="title">What stands above it.</param>
    /// <param name="axis">What the vertical axis measures, with its unit; it stands above the axis.</param>
    /// <param name="alternative">What the plot shows, in words.</param>
    /// <param name="legend">Pairs of a CSS class that draws the mark and the mark's meaning.</param>
    /// <param name="table">The plot's numbers, for readers who do not see it or want them.</param>
    /// <param name="isWide">Whether it has the whole width of a desktop's page.</param>
    public static XElement Figure(
        string id, PlotModel plot, string title, string axis, string alternative, IEnumerable<(string Mark, string Text)> legend,
        XElement table,
        bool isWide)
        => Html.Element(
            "figure",
            Html.Element("figcaption", title),
            Html.Of("ul", "legend", [.. legend.Select(entry => Html.Element(
                "li", Html.Of("span", "mark " + entry.Mark, Html.Attribute("aria-hidden", "true")), entry.Text))]),
            Html.Of("p", "axis", Html.Attribute("aria-hidden", "true"), axis),
            isWide ? Draw(id + "-wide", "wide", Wide, plot, title, alternative) : null,
            Draw(id, isWide ? "narrow" : "any", Narrow, plot, title, alternative),
            Html.Element("details", Html.Element("summary", "The numbers"), Html.Scroll(title + ", numbers", table)));

    private static XElement Draw(
        string id, string cssClass, (double Width, double Height) size, PlotModel plot, string title, string alternative)
    {
        using var stream = new MemoryStream();
        new SvgExporter { Width = size.Width, Height = size.Height }.Export(plot, stream);
        stream.Position = 0;
        using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        var drawn = XElement.Load(reader);
        var svg = Html.Of(
            "svg", cssClass,
            Html.Attribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {size.Width} {size.Height}")),
            Html.Attribute("role", "img"),
            Html.Attribute("aria-label", $"{title}. {alternative}"),
            Html.Element("title", title));
        svg.Add(drawn.Elements().Select(element => Adopt(element, id)));
        return svg;
    }

    // Without namespaces, as HTML wants it, and with names that no other plot of the page has.
    private static XElement Adopt(XElement element, string id)
    {
        var copy = new XElement(element.Name.LocalName);
        foreach (var attribute in element.Attributes().Where(a => !a.IsNamespaceDeclaration && a.Name.LocalName != "font-family"))
        {
            var value = PlotColors.ToVariables(attribute.Value);
            switch (attribute.Name.LocalName)
            {
                case "id":
                    copy.SetAttributeValue("id", $"{id}-{value}");
                    break;
                case "clip-path":
                    copy.SetAttributeValue("clip-path", value.Replace("url(#", $"url(#{id}-", StringComparison.Ordinal));
                    break;
                case "fill":
                    // Variables are for styles; the attribute does not take them everywhere.
                    copy.SetAttributeValue("style", $"fill:{value}");
                    break;
                default:
                    copy.SetAttributeValue(attribute.Name.LocalName, value);
                    break;
            }
        }

        copy.Add(element.Nodes().Select(node => node is XElement child ? Adopt(child, id) : node));
        return copy;
    }
}
