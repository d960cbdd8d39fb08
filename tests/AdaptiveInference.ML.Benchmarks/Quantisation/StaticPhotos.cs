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

    // By one division alone budgets are told apart by a point at best.
    private const int Divisions = 3;
    private const double MostLost = 0.5;
    private const HeadKind WithExits = HeadKind.Quarters;

    private static readonly HeadKind[] Heads = [HeadKind.Pooled, HeadKind.Quarters];

    /// <summary>
    /// Prints accuracies, and finds for each static network the smallest budget at which the network with exits, in 8 bits, is no more than
    /// half a point less accurate.
    /// </summary>
    /// <returns>What is said of each budget; of heads that are fitted in 32 bits, and of those fitted in 8.</returns>
    public Dictionary<double, string>[] Marks(IReadOnlyList<double> budgets)
    {
        Func<IReadOnlyList<Photo>, GatedResNetTransformer>[] ways =
            [images => InBytes(Fit(images), images), images => Fit(images, inBytes: true)];
        var (curves, statics, all) = (Array.ConvertAll(ways, _ => new int[budgets.Count]), new int[Heads.Length], 0);
        foreach (var fold in ByFold())
        {
            all += fold.Held.Count;
            for (var way = 0; way < ways.Length; way++)
            {
                var at = ways[way](fold.Others).WithComputeBudgets(PhotoPipeline.Labelled(context, fold.Held));
                for (var i = 0; i < budgets.Count; i++)
                {
                    curves[way][i] += Right(Answers(at(budgets[i]), fold.Held), fold.Held);
                }
            }

            for (var i = 0; i < Heads.Length; i++)
            {
                statics[i] += Right(Answers(Fit(fold.Others, Heads[i], exits: false), fold.Held), fold.Held);
            }
        }

        for (var i = 0; i < budgets.Count; i++)
        {
            Console.WriteLine($"Budget {budgets[i]}, 8 bits: {string.Join(" and ", curves.Select(curve => Percent(curve[i])))} of "
                + $"{photos.Labelled.Count} labelled images in {Folds} folds, {Divisions} times, heads fitted in 32 bits and in 8");
        }

        var marks = Array.ConvertAll(ways, _ => new Dictionary<double, string>());
        for (var i = 0; i < Heads.Length; i++)
        {
            var tested = Accuracy(Answers(Fit(photos.Training, Heads[i], exits: false), photos.Test), photos.Test);
            Console.WriteLine($"Static network, {Heads[i]} head: {Percent(statics[i])} in folds, {tested:F1} % of test images");
            for (var way = 0; way < ways.Length; way++)
            {
                var first = Array.FindIndex(curves[way], right => right >= statics[i] - (MostLost * all / 100));
                if (first >= 0)
                {
                    marks[way][budgets[first]] = marks[way].GetValueOrDefault(budgets[first])
                        + $", at least {Percent(statics[i])} − {MostLost} % in folds ({Heads[i]})";
                }
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

    /// <summary>The network with heads, which are fitted to it in 8 bits if so wanted.</summary>
    public GatedResNetTransformer Fit(IReadOnlyList<Photo> images, HeadKind head = WithExits, bool exits = true, bool inBytes = false)
    {
        var backbone = ExitHeadsWay.Backbone(context, side);
        return ExitHeadsWay.Fit(context, images, inBytes ? InBytes(backbone, images) : backbone, new ExitHeadsTrainer.Options
        {
            ValidationGroupColumnName = nameof(Photo.Group), Seed = 1, Head = head, AfterBlocks = exits ? null : [],
        });
    }

    /// <summary>The network in 8 bits, with ranges from the images that it was fitted to.</summary>
    public GatedResNetTransformer InBytes(GatedResNetTransformer network, IReadOnlyList<Photo> images)
        => network.WithInt8(context.Data.TakeRows(PhotoPipeline.Labelled(context, images), CalibrationRows));

    // As the trainer of exit heads divides its rows: groups stay together, and every class is in all folds.
    private IEnumerable<(List<Photo> Held, List<Photo> Others)> ByFold()
    {
        var labelled = photos.Labelled;
        var (labels, groups) = (Numbered(photo => photo.Label), Numbered(photo => photo.Group));
        return Enumerable.Range(1, Divisions).SelectMany(seed => RowFold.Folds(labels, groups, Folds, seed))
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
