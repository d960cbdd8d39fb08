using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Benchmarks.Models;

/// <summary>
/// Weights of a SkipNet whose LSTM passes the first value of each gate's embedding on without memory. What a gate looks at is then one
/// linear function of its block's pooled input, which can be read back from the gate's probability and changed exactly.
/// </summary>
internal sealed class TunableGates
{
    // Spread of what gates look at: far from 0 for most images, and not so far that it cannot be read back.
    private const double Spread = 0.6;

    // log-odds = Projection · tanh(tanh(look)), with input and output gates of the LSTM open and its forget gate shut.
    private const double Projection = 4;
    private const float Open = 12;

    // Share of a random block's output that is left, so that images differ more than the ways that they came.
    private const float BlockShare = 0.05f;

    public TunableGates(BlockPlan plan, Dictionary<string, float[]> weights, ChannelStatistics statistics)
    {
        Plan = plan;
        Weights = weights;
        Statistics = statistics;
        const int Width = NetworkSpec.RecurrentGateWidth;
        float[] biases = [Open, -Open, 0, Open];
        for (var part = 0; part < biases.Length; part++)
        {
            Array.Clear(weights["control.rnn.weight_ih_l0"], part * Width * Width, Width);
            Array.Clear(weights["control.rnn.weight_hh_l0"], part * Width * Width, Width);
            weights["control.rnn.bias_ih_l0"][part * Width] = biases[part];
            weights["control.rnn.bias_hh_l0"][part * Width] = 0;
        }

        weights["control.rnn.weight_ih_l0"][2 * Width * Width] = 1;
        Array.Clear(weights["control.proj.weight"]);
        weights["control.proj.weight"][0] = (float)Projection;
        weights["control.proj.bias"][0] = 0;
        foreach (var block in plan.Blocks)
        {
            Scale(weights[block.Prefix + "bn2.weight"], BlockShare);
            Scale(weights[block.Prefix + "bn2.bias"], BlockShare);
        }
    }

    public BlockPlan Plan { get; }

    public Dictionary<string, float[]> Weights { get; }

    public ChannelStatistics Statistics { get; }

    /// <summary>Mean compute fraction of the images last looked at.</summary>
    public double ComputeFraction { get; private set; }

    public IEnumerable<ResidualBlock> Gated => Plan.Blocks.Where(block => block.IsGated);

    /// <summary>What a gate's look is computed with: one weight per channel.</summary>
    public Span<float> Direction(ResidualBlock block) => Weights[block.Prefix + "gate.embed.weight"].AsSpan(0, block.InChannels);

    public ref float Bias(ResidualBlock block) => ref Weights[block.Prefix + "gate.embed.bias"][0];

    /// <summary>What every gate looked at in every image, [block][image].</summary>
    /// <param name="images">The images.</param>
    /// <param name="force">Whether all blocks run, whatever the gates decide.</param>
    /// <param name="threshold">From which probability on gates open.</param>
    public double[][] Look(IReadOnlyList<float[]> images, bool force, float threshold = 0.5f)
    {
        var plan = InferencePlan.Compile(Plan, new NetworkWeights(Plan, Weights), Statistics);
        var looks = Plan.Blocks.Select(_ => new double[images.Count]).ToArray();
        var trace = new ExecutionTrace(looks.Length);
        var probabilities = new float[Plan.Spec.Classes];
        ComputeFraction = 0;
        var policy = new ScoringPolicy { GateThreshold = threshold };
        bool[] forced = force ? [.. looks.Select(_ => true)] : [];
        for (var image = 0; image < images.Count; image++)
        {
            plan.Run(images[image], policy, probabilities, trace, forced, []);
            ComputeFraction += trace.Macs / (double)plan.Cost.Full / images.Count;
            for (var block = 0; block < looks.Length; block++)
            {
                double probability = trace.GateProbability[block];
                var hidden = Math.Log(probability / (1 - probability)) / Projection;
                looks[block][image] = Inverse(Inverse(hidden));
            }
        }

        return looks;
    }

    /// <summary>Makes every gate open for half of the images that it looked at.</summary>
    public void Centre(double[][] looks)
    {
        foreach (var block in Gated)
        {
            var median = PairedTiming.Quantile(looks[block.Index], 0.5);
            var deviation = Math.Sqrt(looks[block.Index].Average(look => (look - median) * (look - median)));
            var scale = (float)(Spread / Math.Max(deviation, 1e-9));
            Scale(Direction(block), scale);
            Bias(block) = scale * (float)(Bias(block) - median);
        }
    }

    private static void Scale(Span<float> values, float factor)
    {
        foreach (ref var value in values)
        {
            value *= factor;
        }
    }

    private static double Inverse(double value) => Math.Atanh(Math.Clamp(value, -0.999, 0.999));
}
