using AdaptiveInference.ML.Packages;
using AdaptiveInference.ML.Reports;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;
using AdaptiveInference.ML.Transforms.Files;
using Microsoft.ML;

namespace AdaptiveInference.ML;

/// <summary>
/// A report as an HTML page: how accurate a gated network is, how much it computes, where, and on which images. One file without
/// scripts and without references to anything outside, so that it opens anywhere, also offline.
/// </summary>
/// <remarks>
/// <para>The rows are read once, and every n-th of them a second time when a model is given; what is kept does not grow with their
/// number.</para>
/// <para>Costs are multiply–accumulates (MACs) with stem, shortcuts, gates and heads counted.</para>
/// </remarks>
/// <example>
/// <code>
/// var scored = model.Transform(testData);                   // rows with labels
/// var network = model.AdaptiveNetwork();
/// AdaptiveReport.Create(scored, new AdaptiveReportOptions { Model = network }).Save("report.html");
/// </code>
/// </example>
public sealed class AdaptiveReport
{
    private readonly ReportModel _model;

    private AdaptiveReport(ReportModel model) => _model = model;

    /// <summary>Reads the rows and, when a model is given, scores images again at other settings of its gates and exits.</summary>
    /// <param name="scored">Rows scored by a gated network, with their true labels as keys.</param>
    /// <param name="options">What else to show; null for the rows alone.</param>
    /// <returns>The report, to be saved.</returns>
    /// <exception cref="ArgumentException">
    /// An option is out of range, there are no rows with labels, or it is not known what a row has cost.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    /// <exception cref="FormatException">An image cannot be read; the message names its row.</exception>
    public static AdaptiveReport Create(IDataView scored, AdaptiveReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scored);
        PackageVersions.Check();
        options ??= new AdaptiveReportOptions();
        options.Check();
        var rows = RowReader.Read(scored, options);
        return new AdaptiveReport(new ReportModel(options, rows, BudgetSurvey.Run(scored, options, rows.Labelled)));
    }

    /// <summary>Writes the report.</summary>
    /// <param name="path">
    /// File to write, usually <c>.html</c>; it appears only when it is complete. A symbolic link stays, and what it leads to is written; so
    /// is a device or a pipe.
    /// </param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.Write(path, Save);

    /// <summary>Writes the report as UTF-8.</summary>
    /// <param name="stream">Receives the page; left open.</param>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Html.Write(stream, ReportPage.Build(_model));
    }
}
