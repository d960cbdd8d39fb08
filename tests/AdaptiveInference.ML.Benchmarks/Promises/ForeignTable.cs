using System.Globalization;
using System.Text;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Promises;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>Which score tells images of none of the classes from own ones, and wrong answers from right ones.</summary>
internal static class ForeignTable
{
    /// <summary>Own images by which distances are fitted, at most; and never more than half of them.</summary>
    private const int Choosing = 1_500;

    public static void Print(GatedResNetTransformer model, ScoredImages images, string folder)
    {
        var foreign = ScoredAnswers.Of(model, ScoredImages.Images(model, ForeignImages.Read(folder, model.ImageShape)));
        int[] order = [.. Enumerable.Range(0, images.Count)];
        new Random(1).Shuffle(order);
        var count = Math.Min(Choosing, images.Count / 2);
        var scores = images.Distances(model, order[..count]);
        int[] rows = order[count..];
        var text = new StringBuilder(
            "\n| Score | Own above foreign (AUC) | Foreign accepted where 95 % of the own are | where 75 % are "
            + "| Right above wrong (AUC) | Wrong among the surest 50 % | 75 % |\n|---|---|---|---|---|---|---|\n");
        foreach (var kind in Enum.GetValues<RefusalScore>())
        {
            var (all, other) = (scores.Of(kind, images.Answers), scores.Of(kind, foreign));
            var own = Array.ConvertAll(rows, row => all[row]);
            var ranked = new RankedAnswers(Array.ConvertAll(rows, row => (all[row], images.IsWrong[row])));
            double Accepted(double share) => other.Average(score => score >= ranked.ScoreOf((int)(share * own.Length) - 1) ? 1.0 : 0);
            double Wrong(double share)
            {
                var (accepted, errors) = ranked.Above(ranked.ScoreOf((int)(share * own.Length) - 1));
                return errors / (double)accepted;
            }

            float[] Of(bool isWrong) => [.. rows.Where(row => images.IsWrong[row] == isWrong).Select(row => all[row])];
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {kind.ToString().ToLowerInvariant()} | {ForeignImages.Separation(own, other):0.000} "
                + $"| {Accepted(0.95) * 100:0.0} % | {Accepted(0.75) * 100:0.0} % "
                + $"| {ForeignImages.Separation(Of(false), Of(true)):0.000} | {Wrong(0.5) * 100:0.00} % | {Wrong(0.75) * 100:0.00} % |\n");
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{text}{foreign.Energy.Length} foreign images of '{Path.GetFileName(folder.TrimEnd('/'))}', {rows.Length} own ones; "
            + $"{count} others fitted the distances."));
    }
}
