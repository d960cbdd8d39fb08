using Microsoft.ML;
using Microsoft.ML.Data;

namespace ModelBuilderStyle;

/// <summary>A classifier of photos that was made of a pretrained network: what an application calls.</summary>
public static partial class PhotoClassifier
{
    /// <summary>Where the model is saved and loaded from: next to the application.</summary>
    public static string MLNetModelPath { get; } = Path.Combine(AppContext.BaseDirectory, "PhotoClassifier.zip");

    /// <summary>Loads the model when it is first needed. Prediction engines are for one thread at a time.</summary>
    public static readonly Lazy<PredictionEngine<ModelInput, ModelOutput>> PredictEngine = new(CreatePredictEngine, true);

    /// <summary>What the model reads.</summary>
    public sealed class ModelInput
    {
        /// <summary>Name of the class; ignored by predictions.</summary>
        [ColumnName("Label")]
        public string Label { get; set; } = "";

        /// <summary>The bytes of an image file.</summary>
        [ColumnName("ImageSource")]
        public byte[] ImageSource { get; set; } = [];

        /// <summary>What it shares with images that are nearly the same; ignored by predictions.</summary>
        [ColumnName("Group")]
        public string Group { get; set; } = "";
    }

    /// <summary>What the model answers.</summary>
    public sealed class ModelOutput
    {
        /// <summary>Name of the most probable class.</summary>
        [ColumnName("PredictedLabel")]
        public string PredictedLabel { get; set; } = "";

        /// <summary>Probability of each class.</summary>
        [ColumnName("Score")]
        public float[] Score { get; set; } = [];

        /// <summary>For each residual block 1 when it ran and 0 when it was skipped.</summary>
        [ColumnName("ExecutionPath")]
        public float[] ExecutionPath { get; set; } = [];

        /// <summary>Multiply–accumulates spent on this image ÷ those of the network with every block run.</summary>
        [ColumnName("ComputeFraction")]
        public float ComputeFraction { get; set; }
    }

    /// <summary>Classifies one image.</summary>
    public static ModelOutput Predict(ModelInput input) => PredictEngine.Value.Predict(input);

    /// <summary>The probabilities of all classes for one image, the most probable first.</summary>
    public static IOrderedEnumerable<KeyValuePair<string, float>> PredictAllLabels(ModelInput input)
        => GetSortedScoresWithLabels(Predict(input));

    /// <summary>Puts the names of the classes to the probabilities of a prediction, the most probable first.</summary>
    public static IOrderedEnumerable<KeyValuePair<string, float>> GetSortedScoresWithLabels(ModelOutput result)
        => GetLabels().Zip(result.Score, KeyValuePair.Create).OrderByDescending(pair => pair.Value);

    private static IEnumerable<string> GetLabels()
    {
        var names = default(VBuffer<ReadOnlyMemory<char>>);
        PredictEngine.Value.OutputSchema["Score"].GetSlotNames(ref names);
        return names.DenseValues().Select(name => name.ToString());
    }

    private static PredictionEngine<ModelInput, ModelOutput> CreatePredictEngine()
    {
        var mlContext = new MLContext();
        var model = mlContext.Model.Load(MLNetModelPath, out _);
        return mlContext.Model.CreatePredictionEngine<ModelInput, ModelOutput>(model);
    }
}
