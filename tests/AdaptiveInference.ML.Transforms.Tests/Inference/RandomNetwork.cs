using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference;

/// <summary>A network with random weights and batch-norm statistics far from 0 and 1, and images for it.</summary>
internal sealed class RandomNetwork
{
    private readonly Random _random;

    public RandomNetwork(NetworkSpec spec, int seed)
    {
        _random = new Random(seed);
        Plan = BlockPlan.Of(spec);
        Weights = new NetworkWeights(Plan, WeightLayout.Of(Plan).ToDictionary(tensor => tensor.Name, Values));
        Statistics = new ChannelStatistics(
            [.. Enumerable.Range(0, spec.Image.Channels).Select(_ => 100 + (50 * _random.NextSingle()))],
            [.. Enumerable.Range(0, spec.Image.Channels).Select(_ => 40 + (30 * _random.NextSingle()))]);
    }

    public BlockPlan Plan { get; }

    public NetworkWeights Weights { get; }

    public ChannelStatistics Statistics { get; }

    public float[] Image() => [.. Enumerable.Range(0, Plan.Spec.Image.Size).Select(_ => _random.NextSingle() * 255)];

    public bool[] Gates() => [.. Plan.Blocks.Select(_ => _random.Next(2) == 0)];

    private float[] Values(TensorSpec tensor)
    {
        var fanIn = tensor.Length / tensor.Shape[0];
        var (mean, deviation) = tensor.Name switch
        {
            _ when tensor.Name.EndsWith("running_var", StringComparison.Ordinal) => (1.0, 0.2),
            _ when tensor.Name.EndsWith("running_mean", StringComparison.Ordinal) => (0.1, 0.3),
            _ when tensor.Name.EndsWith("bias", StringComparison.Ordinal) || tensor.Name.Contains("bias_") => (0.0, 0.3),
            _ when tensor.Shape.Count == 1 => (0.7, 0.2),
            _ => (0.0, 1.2 / Math.Sqrt(fanIn)),
        };
        var positive = tensor.Name.EndsWith("running_var", StringComparison.Ordinal);
        return [.. Enumerable.Range(0, tensor.Length).Select(_ => Draw(mean, deviation, positive))];
    }

    private float Draw(double mean, double deviation, bool positive)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        var value = (float)(mean + (deviation * normal));
        return positive ? Math.Max(value, 0.3f) : value;
    }
}
