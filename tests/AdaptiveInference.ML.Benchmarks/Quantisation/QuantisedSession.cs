using AdaptiveInference.ML.Benchmarks.Executor;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace AdaptiveInference.ML.Benchmarks.Quantisation;

/// <summary>
/// A model's network without its exits in ONNX Runtime, quantised, on one core. Its answers are any: scales change no time.
/// </summary>
internal sealed class QuantisedSession : IDisposable
{
    private readonly RunOptions _options = new();
    private readonly InferenceSession _session;
    private readonly long[] _shape;

    public QuantisedSession(GatedResNetModel model)
    {
        var blocks = BlockPlan.Of(model.Spec with { Exits = [], AveragesHeads = false });
        var weights = WeightLayout.Of(blocks).ToDictionary(tensor => tensor.Name, tensor => model.Weights[tensor.Name].ToArray());
        var dense = new GatedResNetModel(
            blocks, new NetworkWeights(blocks, weights), model.Channels, model.Classes, ScoringPolicy.Default);
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = 1, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(QuantisedRival.Of(OnnxExporter.Export(dense)).ToByteArray(), settings);
        _shape = [1, model.Spec.Image.Channels, model.Spec.Image.Height, model.Spec.Image.Width];
    }

    public void Run(float[] image)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(image, _shape);
        using var results = _session.Run(_options, ["image"], [input], ["score"]);
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }
}
