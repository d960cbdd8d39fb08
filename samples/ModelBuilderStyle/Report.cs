using System.Globalization;
using AdaptiveInference.ML.Transforms;
using ModelBuilderStyle.ImageData;
using Spectre.Console;

namespace ModelBuilderStyle;

/// <summary>Prints what came out.</summary>
public sealed class Report(IAnsiConsole console)
{
    private const int BarWidth = 30;

    /// <summary>Accuracy, compute and how often each block ran.</summary>
    public void Metrics(AdaptiveMetrics metrics)
    {
        Line($"Test accuracy {metrics.Classification.MicroAccuracy:0.0000}, log-loss {metrics.Classification.LogLoss:0.000}");
        Line($"Mean compute  {metrics.MeanComputeFraction:0.000} of the full network, {metrics.DistinctPaths} different paths");
        Line($"              {metrics.MeanMacs / 1e6:0.0} of {metrics.FullMacs / 1e6:0.0} million multiply-accumulates per image");
        console.WriteLine();
        console.WriteLine("How often each block ran:");
        for (var block = 0; block < metrics.BlockNames.Count; block++)
        {
            var rate = metrics.BlockRates[block];
            Line($"  {metrics.BlockNames[block],-15} {new string('#', (int)Math.Round(rate * BarWidth)),-BarWidth} {rate:0.00}");
        }
    }

    /// <summary>Which classes are taken for which: a row per true class, a column per predicted class.</summary>
    public void Confusion(AdaptiveMetrics metrics)
    {
        var classNames = metrics.ClassNames;
        var counts = metrics.Classification.ConfusionMatrix.Counts;
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("true \\ predicted").NoWrap());
        for (var column = 0; column < classNames.Count; column++)
        {
            table.AddColumn(new TableColumn(Invariant($"{column}")).RightAligned().NoWrap().Padding(1, 0));
        }

        table.AddColumn(new TableColumn("recall").RightAligned().NoWrap().Padding(2, 0));
        for (var row = 0; row < classNames.Count; row++)
        {
            table.AddRow([
                Markup.Escape($"{row} {classNames[row]}"),
                .. counts[row].Select(count => count == 0 ? "." : Invariant($"{count}")),
                Invariant($"{metrics.Classification.ConfusionMatrix.PerClassRecall[row]:0.00}"),
            ]);
        }

        console.WriteLine();
        console.Write(table);
    }

    /// <summary>
    /// The correctly classified image that needed least compute, and the one that needed most, of the class where they differ most.
    /// </summary>
    public void EasiestAndHardest(IReadOnlyList<LabeledImage> images, IReadOnlyList<FashionClassifier.ModelOutput> outputs)
    {
        var widest = images.Zip(outputs)
            .Where(pair => pair.First.Label == pair.Second.PredictedLabel)
            .GroupBy(pair => pair.First.Label)
            .MaxBy(group => group.Max(pair => pair.Second.ComputeFraction) - group.Min(pair => pair.Second.ComputeFraction));
        if (widest is null)
        {
            console.WriteLine("No test image was classified correctly.");
            return;
        }

        console.WriteLine($"Easiest and hardest test image of class '{widest.Key}' (# the block ran, . it was not):");
        var ordered = widest.OrderBy(pair => pair.Second.ComputeFraction).ThenByDescending(pair => pair.Second.Score.Max()).ToList();
        Example("easiest", ordered[0].First, ordered[0].Second);
        Example("hardest", ordered[^1].First, ordered[^1].Second);
    }

    /// <summary>A line of text with numbers in the invariant culture.</summary>
    public void Line(FormattableString text) => console.WriteLine(Invariant(text));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Example(string title, LabeledImage image, FashionClassifier.ModelOutput output)
    {
        var path = string.Concat(output.ExecutionPath.Select(ran => ran > 0 ? '#' : '.'));
        Line($"  {title}  {path}  compute {output.ComputeFraction:0.00}, probability {output.Score.Max():0.00}  {image.Name}");
    }
}
