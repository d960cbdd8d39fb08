using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.ExitHeads;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Quantisation;

/// <summary>
/// The pretrained network with heads fitted to photos: with exits, and as a static network, with one head on its last features. Which
/// budget is as accurate as a static network is found without the test images: by folds of all labelled ones, each of which is scored by
/// networks that were fitted to the others.
/// </summary>
internal sealed class StaticPhotos(MLContext context, PhotoFolder photos, int side)
{
    /// <summary>Rows from which 8 bits take their ranges.</summary>
    public const int CalibrationRows = 500;

    private const int Folds = 5;
    private const double MostLost = 0.5;
    private const HeadKind WithExits = HeadKind.Quarters;

    private static readonly HeadKind[] Heads = [HeadKind.Pooled, HeadKind.Quarters];

    /// <summary>
    /// Prints accuracies, and finds for each static network the smallest budget at which the network with exits, in 8 bits, is no more than
    /// half a point less accurate.
    /// </summary>
    /// <returns>By budget what is said of it.</returns>
    public Dictionary<double, string> Marks(IReadOnlyList<double> budgets)
    {
        var (curve, statics, all) = (new int[budgets.Count], new int[Heads.Length], 0);
        foreach (var fold in ByFold())
        {
            all += fold.Held.Count;
            var network = InBytes(Fit(fold.Others), fold.Others);
            var at = network.WithComputeBudgets(PhotoPipeline.Labelled(context, fold.Held));
            for (var i = 0; i < curve.Length; i++)
            {
                curve[i] += Right(Answers(at(budgets[i]), fold.Held), fold.Held);
            }

            for (var i = 0; i < Heads.Length; i++)
            {
                statics[i] += Right(Answers(Fit(fold.Others, Heads[i], exits: false), fold.Held), fold.Held);
            }
        }

        var marks = new Dictionary<double, string>();
        for (var i = 0; i < curve.Length; i++)
        {
            Console.WriteLine($"Budget {budgets[i]}, 8 bits: {Percent(curve[i])} of {all} labelled images in {Folds} folds");
        }

        for (var i = 0; i < Heads.Length; i++)
        {
            var tested = Accuracy(Answers(Fit(photos.Training, Heads[i], exits: false), photos.Test), photos.Test);
            Console.WriteLine($"Static network, {Heads[i]} head: {Percent(statics[i])} in folds, {tested:F1} % of test images");
            var first = Array.FindIndex(curve, right => right >= statics[i] - (MostLost * all / 100));
            if (first >= 0)
            {
                marks[budgets[first]] = marks.GetValueOrDefault(budgets[first])
                    + $", at least {Percent(statics[i])} − {MostLost} % in folds ({Heads[i]})";
            }
        }

        return marks;

        string Percent(int right) => $"{100.0 * right / all:F1} %";
    }

    /// <summary>Answers, and what they cost.</summary>
    public List<(string Label, float ComputeFraction)> Answers(GatedResNetTransformer model, IReadOnlyList<Photo> images)
        => PhotoTest.Answers(PhotoPipeline.Around(context, model).Transform(context.Data.LoadFromEnumerable(images)));

    /// <summary>Percent right.</summary>
    public static double Accuracy(List<(string Label, float ComputeFraction)> answers, IReadOnlyList<Photo> images)
        => 100.0 * Right(answers, images) / images.Count;

    /// <summary>The network with heads.</summary>
    public GatedResNetTransformer Fit(IReadOnlyList<Photo> images, HeadKind head = WithExits, bool exits = true)
        => ExitHeadsWay.Fit(context, images, side, new ExitHeadsTrainer.Options
        {
            ValidationGroupColumnName = nameof(Photo.Group), Seed = 1, Head = head, AfterBlocks = exits ? null : [],
        });

    /// <summary>The network in 8 bits, with ranges from the images that it was fitted to.</summary>
    public GatedResNetTransformer InBytes(GatedResNetTransformer network, IReadOnlyList<Photo> images)
        => network.WithInt8(context.Data.TakeRows(PhotoPipeline.Labelled(context, images), CalibrationRows));

    // As the trainer of exit heads divides its rows: groups stay together, and every class is in all folds.
    private IEnumerable<(List<Photo> Held, List<Photo> Others)> ByFold()
    {
        var labelled = photos.Labelled;
        return RowFold.Folds(Numbered(photo => photo.Label), Numbered(photo => photo.Group), Folds, seed: 1)
            .Select(fold => (Of(fold.Judging), Of(fold.Learning)));

        int[] Numbered(Func<Photo, string> name)
        {
            var names = labelled.Select(name).Distinct().Order(StringComparer.Ordinal).ToList();
            return [.. labelled.Select(photo => names.IndexOf(name(photo)))];
        }

        List<Photo> Of(int[] rows) => [.. rows.Select(row => labelled[row])];
    }

    private static int Right(List<(string Label, float ComputeFraction)> answers, IReadOnlyList<Photo> images)
        => answers.Zip(images).Count(pair => pair.First.Label == pair.Second.Label);
}
