using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Benchmarks.Models;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Promises;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>Test images as a network answers them: at every head under each setting of its gates, and as it is set.</summary>
/// <param name="Settings">What the heads answer.</param>
/// <param name="Labels">[image]: its class.</param>
/// <param name="Answers">[image]: what the network answers as it is set.</param>
/// <param name="HeadFeatures">[image]: what every head reads, to fit distances.</param>
internal sealed record ScoredImages(
    IReadOnlyList<CalibrationAnswers> Settings, int[] Labels, ScoredAnswers Answers, float[][] HeadFeatures)
{
    public int Count => Labels.Length;

    /// <summary>[image]: whether the answer is wrong.</summary>
    public bool[] IsWrong { get; } = [.. Answers.Answered.Zip(Labels, (answer, label) => answer.Answer != label)];

    public static (GatedResNetTransformer Model, ComputeBudgetImages Images, int[] Labels) Read(GatedResNetTransformer model, IdxData data)
    {
        var images = Images(model, Enumerable.Range(0, data.Test.Count).Select(i => IdxData.Pixels(data.Test, i)));
        var order = Order(model);
        return (model, images, [.. data.Test.Labels.ToArray().Select(label => order[label])]);
    }

    public static (GatedResNetTransformer Model, ComputeBudgetImages Images, int[] Labels) Read(
        GatedResNetTransformer model, IReadOnlyList<Photo> photos)
    {
        var names = model.ClassNames.ToList();
        return (model, Images(model, Pixels(model, photos)), [.. photos.Select(photo => names.IndexOf(photo.Label))]);
    }

    /// <summary>Distances from the classes by some of the images.</summary>
    public AnswerScores Distances(GatedResNetTransformer model, int[] choosing)
    {
        var fit = new ClassDistanceFit(model.ClassNames.Count, [.. model.Model.Blocks.HeadChannels]);
        foreach (var row in choosing)
        {
            fit.Add(Labels[row], HeadFeatures[row]);
        }

        return new AnswerScores(fit.Build(choosing.Select(row => (Answers.Answered[row], Labels[row]))));
    }

    public static ScoredImages Of(GatedResNetTransformer model, ComputeBudgetImages images, int[] labels)
    {
        var part = new CalibrationPart(images, 0, labels, new bool[labels.Length]);
        int[]? whole = null;
        var settings = new List<CalibrationAnswers>();
        foreach (var builder in CalibrationBuilder.Settings(model.Model, part))
        {
            whole = builder.Add(part, whole, hasLabels: true);
            settings.Add(builder.Build());
        }

        return new ScoredImages(settings, labels, ScoredAnswers.Of(model, images), images.HeadFeatures(model.Model.Policy));
    }

    // A network that was trained on names may count them in another order than the data set its labels.
    private static int[] Order(GatedResNetTransformer model)
    {
        var names = FashionImages.ClassNames();
        return model.ClassNames.All(names.Contains)
            ? [.. names.Select(name => model.ClassNames.ToList().IndexOf(name))]
            : [.. Enumerable.Range(0, model.ClassNames.Count)];
    }

    private static IEnumerable<float[]> Pixels(GatedResNetTransformer model, IReadOnlyList<Photo> photos)
    {
        var context = new MLContext(1);
        var rows = context.Data.LoadFromEnumerable(photos);
        var read = PhotoPipeline.Bytes(context).Fit(rows).Transform(rows);
        var (column, slot) = (ImageColumn.ForModel(read.Schema, PhotoPipeline.Image, model.Model), new ImageSlot());
        using var cursor = read.GetRowCursor([column.Column]);
        var capture = column.BindCapture(cursor);
        while (cursor.MoveNext())
        {
            capture(slot);
            var pixels = new float[model.ImageShape.Size];
            column.Decode(slot, pixels, cursor.Position);
            yield return pixels;
        }
    }

    public static ComputeBudgetImages Images(GatedResNetTransformer model, IEnumerable<float[]> pixels)
    {
        var schema = new DataViewSchema.Builder();
        var shape = model.ImageShape;
        schema.AddColumn(
            model.Columns.Features, new VectorDataViewType(NumberDataViewType.Single, shape.Channels, shape.Height, shape.Width));
        var all = pixels.ToList();
        return new ComputeBudgetImages(
            model.Plan, CostUnit.Macs(model.Plan.Cost), ImageColumn.ForModel(schema.ToSchema(), model.Columns.Features, model.Model), all,
            [.. Enumerable.Range(0, all.Count).Select(i => (long)i)]);
    }
}
