using System.Globalization;
using AdaptiveInference.ML.Transforms;
using ModelBuilderStyle.ImageData;
using Spectre.Console;

namespace ModelBuilderStyle;

/// <summary>Prints what came out.</summary>
public sealed class Report(IAnsiConsole console)
{
    private const int BarWidth = 30;
    private const int NameWidth = 16;

    // More columns do not fit a console.
    private const int LargestMatrix = 12;

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

    /// <summary>Accuracy and compute at several budgets.</summary>
    public void Budgets(IReadOnlyList<(double Budget, AdaptiveMetrics Metrics)> budgets)
    {
        console.WriteLine();
        console.WriteLine("The same weights at other budgets (share of the full network's work, wanted and taken):");
        foreach (var (budget, metrics) in budgets)
        {
            var accuracy = metrics.Classification.MicroAccuracy;
            Line($"  at most {budget:0.00}  took {metrics.MeanComputeFraction:0.00}  accuracy {accuracy:0.000}");
        }
    }

    /// <summary>Whether a loaded model answers as the trained one does.</summary>
    /// <param name="trained">Answers of the trained model.</param>
    /// <param name="loaded">Those of the loaded one, many at once.</param>
    /// <param name="singles">Those of a prediction engine for the first images, one at a time.</param>
    /// <returns>Whether all are equal to the last bit.</returns>
    public bool Reloaded(IReadOnlyList<Outcome> trained, IReadOnlyList<Outcome> loaded, IReadOnlyList<Outcome> singles)
    {
        var equal = trained.Zip(loaded).Count(pair => pair.First.IsSameAs(pair.Second));
        Line($"Loaded it again: {equal} of {trained.Count} predictions are equal to the last bit");
        var equalSingles = trained.Zip(singles).Count(pair => pair.First.IsSameAs(pair.Second));
        Line($"One at a time through PredictionEngine: {equalSingles} of {singles.Count} are equal to the last bit");
        return equal == trained.Count && equalSingles == singles.Count;
    }

    /// <summary>
    /// Which classes are taken for which: a row per true class, a column per predicted class. With many classes the worst ones.
    /// </summary>
    public void Confusion(AdaptiveMetrics metrics)
    {
        var matrix = metrics.Classification.ConfusionMatrix;
        var rows = Enumerable.Range(0, metrics.ClassNames.Count).ToList();
        console.WriteLine();
        if (rows.Count > LargestMatrix)
        {
            console.WriteLine("Classes that are recognised worst:");
            foreach (var row in rows.OrderBy(row => matrix.PerClassRecall[row]).Take(LargestMatrix))
            {
                Line($"  {metrics.ClassNames[row],-NameWidth} recall {matrix.PerClassRecall[row]:0.00}");
            }

            return;
        }

        console.WriteLine("Confusion matrix (a row per true class, a column per predicted class):");
        Line($"  {"",-NameWidth}{string.Concat(rows.Select(column => $"{column,5}"))}  recall");
        foreach (var row in rows)
        {
            var counts = string.Concat(matrix.Counts[row].Select(count => count == 0 ? "    ." : $"{(long)count,5}"));
            var name = $"{row} {metrics.ClassNames[row]}";
            Line($"  {name[..Math.Min(name.Length, NameWidth)],-NameWidth}{counts}    {matrix.PerClassRecall[row]:0.00}");
        }
    }

    /// <summary>
    /// The correctly classified image that needed least compute, and the one that needed most, of the class where they differ most.
    /// </summary>
    public void EasiestAndHardest(IReadOnlyList<LabeledImage> images, IReadOnlyList<Outcome> outcomes)
    {
        var widest = images.Zip(outcomes)
            .Where(pair => pair.First.Label == pair.Second.Label)
            .GroupBy(pair => pair.First.Label)
            .MaxBy(group => group.Max(pair => pair.Second.ComputeFraction) - group.Min(pair => pair.Second.ComputeFraction));
        if (widest is null)
        {
            console.WriteLine("No test image was classified correctly.");
            return;
        }

        console.WriteLine($"Easiest and hardest test image of class '{widest.Key}' (# block ran, . did not):");
        var ordered = widest.OrderBy(pair => pair.Second.ComputeFraction).ThenByDescending(pair => pair.Second.Score.Max()).ToList();
        Example("easiest", ordered[0].First, ordered[0].Second);
        Example("hardest", ordered[^1].First, ordered[^1].Second);
    }

    /// <summary>A line of text with numbers in the invariant culture.</summary>
    public void Line(FormattableString text) => console.WriteLine(Invariant(text));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Example(string title, LabeledImage image, Outcome outcome)
    {
        var path = string.Concat(outcome.Path.Select(ran => ran > 0 ? '#' : '.'));
        Line($"  {title}  {path}  compute {outcome.ComputeFraction:0.00}  probability {outcome.Score.Max():0.00}  {image.Name}");
    }
}
