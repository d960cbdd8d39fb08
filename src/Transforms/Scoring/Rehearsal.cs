using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// Compiles and runs a network of few blocks while the weights of the first model of a process are still being read: much of the time from a
/// model's file to its first prediction is the just-in-time compilation of kernels, and a second core can do that meanwhile.
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
            // Whatever goes wrong here goes wrong once more where somebody waits for the result.
            Task.Run(() => Run(spec));
        }
    }

    /// <summary>Scores a black image with every block run, and one as the gates will have it.</summary>
    internal static float[] Run(NetworkSpec spec)
    {
        var small = Smallest(spec);
        var plan = BlockPlan.Of(small);
        var zeros = new Dictionary<string, float[]>();
        foreach (var tensor in WeightLayout.Of(plan))
        {
            zeros.Add(tensor.Name, new float[tensor.Length]);
        }

        var compiled = InferencePlan.Compile(plan, new NetworkWeights(plan, zeros), ChannelStatistics.Identity(small.Image.Channels));
        var result = new ScoreResult(small.Classes, plan.Blocks.Count);
        RowScorer.Run(compiled, ScoringPolicy.Default, new float[small.Image.Size], result);
        return result.Probabilities;
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
}
