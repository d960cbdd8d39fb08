using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference;
using AdaptiveInference.ML.Transforms.Persistence;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Predicts once with a network of few blocks while the first model of a process is still being read: most of the time from a model's file
/// to its first prediction is the just-in-time compilation of code, and a second core can do that meanwhile.
/// </summary>
/// <remarks>Compilation is all that is wanted; nothing reads the result. One core gains nothing, so there nothing is done.</remarks>
internal static class Rehearsal
{
    /// <summary>Larger images run through much the same code as this, and take longer.</summary>
    private const int LargestSide = 64;

    private const int SmallSide = 32;

    private static int _started;

    /// <summary>Starts it in the background, for the first network of the process only.</summary>
    public static void StartOnce(NetworkSpec spec)
    {
        if (Environment.ProcessorCount > 1 && Interlocked.Exchange(ref _started, 1) == 0)
        {
            Task.Run(() => Predict(spec));
        }
    }

    /// <summary>Loads nothing, but makes, binds and scores as a caller does who predicts row by row.</summary>
    internal static float[] Predict(NetworkSpec spec)
    {
        var small = Smallest(spec);
        var plan = BlockPlan.Of(small);
        var zeros = new Dictionary<string, float[]>();
        foreach (var tensor in WeightLayout.Of(plan))
        {
            zeros.Add(tensor.Name, new float[tensor.Length]);
        }

        var model = new GatedResNetModel(
            plan,
            new NetworkWeights(plan, zeros),
            ChannelStatistics.Identity(small.Image.Channels),
            ClassLabels.OfNames(["first", "second"]),
            ScoringPolicy.Default);
        var context = new MLContext();
        var columns = new ScoringColumns(nameof(Row.Pixels), nameof(Scored.Score), "PredictedLabel", null, null);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, small.Image.Size);
        using var engine = context.Model.CreatePredictionEngine<Row, Scored>(
            new GatedResNetTransformer(context, model, columns), inputSchemaDefinition: schema);
        return engine.Predict(new Row { Pixels = new float[small.Image.Size] }).Score;
    }

    /// <summary>A network with the same kinds of layers, the same sizes where images are small, and the fewest blocks there are.</summary>
    private static NetworkSpec Smallest(NetworkSpec spec) => spec with
    {
        Architecture = ResNetArchitecture.Cifar(8),
        Image = spec.Image.Height <= LargestSide && spec.Image.Width <= LargestSide
            ? spec.Image
            : new ImageShape(spec.Image.Channels, SmallSide, SmallSide),
        Classes = 2,
        Exits = spec.Exits.Count > 0 ? [new ExitSpec(0, spec.Exits[0].Head)] : [],
    };

    private sealed class Row
    {
        public float[] Pixels { get; set; } = [];
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
