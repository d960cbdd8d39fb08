using System.Xml.Linq;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;
using AdaptiveInference.ML.Transforms;
using OxyPlot;
using OxyPlot.Axes;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>Accuracy against compute of every setting of the dials, with the chosen point and the static networks.</summary>
internal static class BudgetSection
{
    private const double ChosenSize = 8;
    private const double PeerSize = 6;

    public static XElement? Build(ReportModel model)
    {
        if (model.Dial is not { } dial || dial.Exits.Count + dial.Gates.Count == 0)
        {
            return null;
        }

        var runs = Runs(dial).ToArray();
        var (unit, name) = TextFormat.MacUnit(runs.Max(run => run.Run.MeanMacs));
        var title = "Accuracy against compute";
        var alternative = string.Join("; ", runs.Select(run =>
            $"{run.Dial} {run.Run.Setting}: {TextFormat.Percent(run.Run.Accuracy)} at {TextFormat.Macs(run.Run.MeanMacs)}"));
        var rows = runs.Select(run => (IReadOnlyList<object>)
            [run.Dial, run.Run.Setting, TextFormat.Percent(run.Run.Accuracy), TextFormat.Macs(run.Run.MeanMacs)]);
        return Html.Section(
            "dial", "The budget dial", Summary(dial, model.Options.Model?.Calibration),
            Html.Of("div", "card", PlotSvg.Figure(
                "dial-plot", Draw(dial, unit, name), title, "Accuracy, %", alternative, Legend(dial),
                Html.Table("Every setting of the dials", ["Dial", "Setting", "Accuracy", "Compute per image"], rows), isWide: true)));
    }

    private static string Summary(BudgetSurvey dial, BudgetCalibration? calibration)
    {
        var all = dial.Exits.Concat(dial.Gates).ToArray();
        var thrifty = all.Where(run => run.Accuracy >= dial.Chosen.Accuracy - 0.01).MinBy(run => run.MeanMacs)!;
        var best = all.MaxBy(run => run.Accuracy)!;
        var gates = dial.GateDial == BudgetSurvey.OfBudgets ? "WithGateBudget" : "WithGateThreshold";
        return $"The trained network can be turned without training it again: WithExitConfidence and {gates} move it along these "
            + "lines, and WithComputeBudget turns both for a given budget. "
            + $"The thriftiest setting within one point of the chosen accuracy spends {TextFormat.Macs(thrifty.MeanMacs)} per image "
            + $"({TextFormat.Percent(thrifty.Accuracy)} right); the most accurate one is right on {TextFormat.Percent(best.Accuracy)} at "
            + $"{TextFormat.Macs(best.MeanMacs)}."
            + (calibration is null ? "" : $" {calibration}");
    }

    private static IEnumerable<(string Dial, BudgetRun Run)> Runs(BudgetSurvey dial)
    {
        yield return ("This network", dial.Chosen);
        yield return ("Static", dial.EveryBlock);
        if (dial.Static is { } other)
        {
            yield return ("Trained by itself", other);
        }

        foreach (var run in dial.Exits)
        {
            yield return ("Exit confidence", run);
        }

        foreach (var run in dial.Gates)
        {
            yield return (dial.GateDial, run);
        }
    }

    private static IEnumerable<(string Mark, string Text)> Legend(BudgetSurvey dial)
    {
        yield return ("diamond green", "this network");
        if (dial.Exits.Count > 0)
        {
            yield return ("circle blue", "turning the exits");
        }

        if (dial.Gates.Count > 0)
        {
            yield return ("square orange", "turning the gates");
        }

        yield return ("triangle ink", "every block run");
        if (dial.Static is not null)
        {
            yield return ("cross ink", "static network");
        }
    }

    private static PlotModel Draw(BudgetSurvey dial, double unit, string name)
    {
        var runs = Runs(dial).Select(run => run.Run).ToArray();
        double least = runs.Min(run => run.Accuracy) * 100, most = runs.Max(run => run.Accuracy) * 100;
        var room = Math.Max(1, (most - least) * 0.08);
        var plot = PlotStyle.Plot(
            PlotStyle.Axis(AxisPosition.Bottom, $"Compute per image, {name}MACs", 0, runs.Max(run => run.MeanMacs) / unit * 1.05),
            PlotStyle.Axis(AxisPosition.Left, null, Math.Max(0, least - room), Math.Min(100 + (room / 2), most + room)));
        (double X, double Y) Point(BudgetRun run) => (run.MeanMacs / unit, run.Accuracy * 100);
        plot.Series.Add(PlotStyle.Curve(PlotColors.Orange, MarkerType.Square, LineStyle.Dash, dial.Gates.Select(Point)));
        plot.Series.Add(PlotStyle.Curve(PlotColors.Blue, MarkerType.Circle, LineStyle.Solid, dial.Exits.Select(Point)));
        Add(dial.EveryBlock, PlotColors.Ink, MarkerType.Triangle, PeerSize);
        if (dial.Static is { } other)
        {
            Add(other, PlotColors.Ink, MarkerType.Cross, PeerSize);
        }

        Add(dial.Chosen, PlotColors.Green, MarkerType.Diamond, ChosenSize);
        return plot;

        void Add(BudgetRun run, OxyColor color, MarkerType marker, double size)
        {
            var point = PlotStyle.Point(color, marker, size, Point(run).X, Point(run).Y);
            if (marker == MarkerType.Cross)
            {
                (point.MarkerStroke, point.MarkerStrokeThickness) = (color, 2.5);
            }

            plot.Series.Add(point);
        }
    }
}
