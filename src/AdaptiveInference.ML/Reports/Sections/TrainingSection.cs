using System.Xml.Linq;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;
using OxyPlot;
using OxyPlot.Axes;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>Loss, accuracy and compute over the epochs of training.</summary>
internal static class TrainingSection
{
    public static XElement? Build(ReportModel model)
    {
        // Reports within an epoch are of a part of it.
        var epochs = model.Options.Training?.Where(report => report.IsEpochEnd).ToArray() ?? [];
        if (epochs.Length == 0)
        {
            return null;
        }

        var last = epochs[^1];
        var speed = TextFormat.Number(epochs.Average(e => e.ImagesPerSecond), "0");
        var summary = $"{TextFormat.Plural(epochs.Length, "epoch", "epochs")} in {Duration(last.Elapsed)}, {speed} images per second. "
            + (Stage(epochs) is { } start ? $"From epoch {start} on, gates learn by reinforcement. " : "")
            + "Validation images were held out from training; where there are any, the weights that did best on them are the ones kept.";
        return Html.Section(
            "training", "How it was trained", summary,
            Html.Of(
                "div", "plots",
                Plot(epochs, "loss-plot", "Loss", "Cross-entropy, nats", "0.000", 1, e => e.Loss, e => e.ValidationLoss),
                Plot(epochs, "accuracy-plot", "Accuracy", "Accuracy, %", "0.0", 100, e => e.Accuracy, e => e.ValidationAccuracy),
                Plot(
                    epochs, "compute-plot", "Compute", "Share of the full network, %", "0.0", 100, e => e.ComputeFraction,
                    e => e.ValidationComputeFraction)));
    }

    private static int? Stage(TrainingProgress[] epochs)
        => Array.Find(epochs, epoch => epoch.Stage == TrainingStage.Reinforcement) is { } first && first.Epoch > epochs[0].Epoch
            ? first.Epoch
            : null;

    private static string Duration(TimeSpan time)
        => time.TotalMinutes < 2 ? $"{TextFormat.Number(time.TotalSeconds, "0")} seconds"
            : time.TotalHours < 2 ? $"{TextFormat.Number(time.TotalMinutes, "0")} minutes"
            : $"{TextFormat.Number(time.TotalHours, "0.0")} hours";

    private static XElement Plot(
        TrainingProgress[] epochs, string id, string title, string axis, string format, double scale,
        Func<TrainingProgress, double> train, Func<TrainingProgress, double?> validation)
    {
        // Counted here, because a second Fit starts from 1 again.
        var trained = epochs.Select((epoch, i) => (X: i + 1.0, Y: train(epoch) * scale)).Where(point => double.IsFinite(point.Y)).ToArray();
        var validated = epochs.Select((epoch, i) => (X: i + 1.0, Y: (validation(epoch) ?? double.NaN) * scale))
            .Where(point => double.IsFinite(point.Y)).ToArray();
        var values = trained.Concat(validated).Select(point => point.Y).DefaultIfEmpty(0).ToArray();
        double least = values.Min(), most = values.Max(), room = Math.Max(0.02 * scale, (most - least) * 0.06);
        var bottom = PlotStyle.Axis(AxisPosition.Bottom, "Epoch", 0.5, epochs.Length + 0.5, "0");
        bottom.MinimumMajorStep = 1;
        var plot = PlotStyle.Plot(bottom, PlotStyle.Axis(AxisPosition.Left, null, Math.Max(0, least - room), most + room));
        plot.Series.Add(PlotStyle.Curve(PlotColors.Orange, MarkerType.Square, LineStyle.Dash, trained));
        plot.Series.Add(PlotStyle.Curve(PlotColors.Blue, MarkerType.Circle, LineStyle.Solid, validated));
        if (Stage(epochs) is { } start)
        {
            plot.Annotations.Add(PlotStyle.Vertical(start - 0.5));
        }

        List<(string, string)> legend = [("square orange", "training")];
        if (validated.Length > 0)
        {
            legend.Add(("circle blue", "validation"));
        }

        string Text(double? value) => value is { } known && double.IsFinite(known) ? TextFormat.Number(known * scale, format) : "–";
        var end = validated.Length > 0 ? validated[^1].Y : trained.Length > 0 ? trained[^1].Y : double.NaN;
        return Html.Of("div", "card", PlotSvg.Figure(
            id, plot, title, axis,
            $"{axis} over {TextFormat.Plural(epochs.Length, "epoch", "epochs")}, at the end {TextFormat.Number(end, format)}.", legend,
            Html.Table($"{title}: {axis}", ["Epoch", "Training", "Validation"], epochs.Select((epoch, i) =>
                (IReadOnlyList<object>)[TextFormat.Number(i + 1, "0"), Text(train(epoch)), Text(validation(epoch))])), isWide: false));
    }
}
