using System.Numerics.Tensors;
using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Benchmarks.Models;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Benchmarks.Promises;

/// <summary>Test images as a network answers them: at every head under each setting of its gates, and as it is set.</summary>
/// <param name="Settings">What the heads answer.</param>
/// <param name="Probability">[image]: what an answer of the network as it is set may be accepted by.</param>
/// <param name="Energy">[image]: the other.</param>
/// <param name="IsWrong">[image]: whether that answer is wrong.</param>
internal sealed record ScoredImages(IReadOnlyList<CalibrationAnswers> Settings, float[] Probability, float[] Energy, bool[] IsWrong)
{
    public int Count => IsWrong.Length;

    public static ScoredImages Of(GatedResNetTransformer model, IdxData data)
    {
        var images = Images(model, Enumerable.Range(0, data.Test.Count).Select(i => IdxData.Pixels(data.Test, i)));
        var order = Order(model);
        int[] labels = [.. data.Test.Labels.ToArray().Select(label => order[label])];
        var part = new CalibrationPart(images, 0, labels, new bool[labels.Length]);
        int[]? whole = null;
        var settings = new List<CalibrationAnswers>();
        foreach (var builder in CalibrationBuilder.Settings(model.Model, part))
        {
            whole = builder.Add(part, whole, hasLabels: true);
            settings.Add(builder.Build());
        }

        var (probability, energy, answers) = Answers(model, images);
        return new ScoredImages(settings, probability, energy, [.. answers.Select((answer, i) => answer != labels[i])]);
    }

    // A network that was trained on names may count them in another order than the data set its labels.
    private static int[] Order(GatedResNetTransformer model)
    {
        var names = FashionImages.ClassNames();
        return model.ClassNames.All(names.Contains)
            ? [.. names.Select(name => model.ClassNames.ToList().IndexOf(name))]
            : [.. Enumerable.Range(0, model.ClassNames.Count)];
    }

    /// <summary>What images that are given as pixels are answered.</summary>
    public static (float[] Probability, float[] Energy, int[] Answers) Answers(
        GatedResNetTransformer model, ComputeBudgetImages images)
    {
        var (probability, energy, answers) = (new float[images.Count], new float[images.Count], new int[images.Count]);
        images.Run(model.Model.Policy, (image, probabilities, trace) =>
        {
            answers[image] = TensorPrimitives.IndexOfMax<float>(probabilities);
            (probability[image], energy[image]) = (trace.LargestProbability, trace.Energy);
        });
        return (probability, energy, answers);
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
