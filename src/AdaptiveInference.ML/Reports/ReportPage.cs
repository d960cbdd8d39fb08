using System.Globalization;
using System.Xml.Linq;
using AdaptiveInference.ML.Packages;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;
using AdaptiveInference.ML.Reports.Sections;

namespace AdaptiveInference.ML.Reports;

/// <summary>The whole page: head, sections in the order in which a reader asks, and how to read the figures.</summary>
internal static class ReportPage
{
    // Nothing but what stands in the file: no scripts at all, and no requests.
    private const string ContentPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

    private const string Notes =
        "One multiply–accumulate (MAC) of a convolution, a fully connected layer or an LSTM counts as 1; batch-norm, activations and "
        + "pooling count as 0. Stem, shortcuts, gates and every head that was asked are counted. A compute of 100 % is the same network "
        + "with every block run, its last head, no gates and no exits. MACs are no milliseconds: how closely time follows them depends on "
        + "the runtime.";

    public static XElement Build(ReportModel model)
    {
        var title = model.Options.Title;
        return Html.Element(
            "html",
            Html.Attribute("lang", "en"),
            Html.Element(
                "head",
                Html.Element("meta", Html.Attribute("charset", "utf-8")),
                Html.Element("meta", Html.Attribute("http-equiv", "Content-Security-Policy"), Html.Attribute("content", ContentPolicy)),
                Html.Element("meta", Html.Attribute("name", "viewport"), Html.Attribute("content", "width=device-width, initial-scale=1")),
                Html.Element("meta", Html.Attribute("name", "color-scheme"), Html.Attribute("content", "light dark")),
                Html.Element("title", title),
                Html.Element("style", Style())),
            Html.Element(
                "body",
                HeadlineSection.Build(model),
                Html.Element(
                    "main",
                    BudgetSection.Build(model),
                    PromisesSection.Build(model),
                    CostSection.Build(model),
                    RatesSection.Build(model),
                    ExamplesSection.Build(model),
                    ConfusionSection.Build(model),
                    TrainingSection.Build(model)),
                Html.Element(
                    "footer",
                    Html.Element("p", Html.Element("strong", "How to read this. "), Notes),
                    Html.Element("p", $"Made by AdaptiveInference.ML {PackageVersions.Trainers} on {Today()}."))));
    }

    private static string Today() => DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string Style()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
