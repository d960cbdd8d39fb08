using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference;

/// <summary>What the reference found for one image.</summary>
internal sealed class ReferenceResult(int blocks)
{
    public double[] Logits { get; set; } = [];

    public bool[] Ran { get; } = new bool[blocks];

    public double[] GateProbability { get; } = [.. Enumerable.Repeat(double.NaN, blocks)];

    public int ExitTaken { get; set; } = -1;

    /// <summary>Smallest distance of a gate or an exit from its threshold: closer than rounding, the decision is a coin toss.</summary>
    public double Margin { get; set; } = double.MaxValue;

    public double[] Probabilities
    {
        get
        {
            var shifted = Logits.Select(logit => Math.Exp(logit - Logits.Max())).ToArray();
            return [.. shifted.Select(value => value / shifted.Sum())];
        }
    }
}

/// <summary>
/// The networks in double precision straight from their definitions, on unfolded tensors. Like the papers' own code, it computes every
/// block and masks: out = m·Block(x) + (1 − m)·prev for SkipNet, out = ReLU(shortcut(x) + z·F(x)) for ConvNet-AIG.
/// </summary>
internal sealed class ReferenceNetwork(BlockPlan plan, NetworkWeights weights, ChannelStatistics statistics)
{
    private readonly NetworkSpec _spec = plan.Spec;
    private readonly List<double[]> _heads = [];
    private readonly double[] _hidden = new double[NetworkSpec.RecurrentGateWidth];
    private readonly double[] _cell = new double[NetworkSpec.RecurrentGateWidth];

    public ReferenceResult Run(float[] image, ScoringPolicy policy, bool[]? forced = null)
    {
        var result = new ReferenceResult(plan.Blocks.Count);
        _heads.Clear();
        Array.Clear(_hidden);
        Array.Clear(_cell);
        var x = Stem(image);
        foreach (var block in plan.Blocks)
        {
            var open = !block.IsGated || Opens(block, x, policy, result);
            open = block.IsGated && forced is not null ? forced[block.Index] : open;
            result.Ran[block.Index] = open;
            x = Block(block, x, open ? 1 : 0);
            for (var exit = 0; exit < _spec.Exits.Count; exit++)
            {
                if (_spec.Exits[exit].AfterBlock == block.Index && (_spec.AveragesHeads || policy.ConfidenceOf(exit) < 1))
                {
                    result.Logits = Answer(Head(x, $"exits.{exit}.", _spec.Exits[exit].Head));
                    if (policy.ConfidenceOf(exit) == 1)
                    {
                        continue;
                    }

                    var confidence = result.Probabilities.Max();
                    result.Margin = Math.Min(result.Margin, Math.Abs(confidence - policy.ConfidenceOf(exit)));
                    if (confidence >= policy.ConfidenceOf(exit))
                    {
                        result.ExitTaken = exit;
                        return result;
                    }
                }
            }
        }

        result.Logits = Answer(Head(x, _spec.Head == HeadKind.Pooled ? "" : "head.", _spec.Head));
        return result;
    }

    // Σ k · sₖ ÷ Σ k over the heads so far.
    private double[] Answer(double[] logits)
    {
        _heads.Add(logits);
        if (!_spec.AveragesHeads)
        {
            return logits;
        }

        var weights = Enumerable.Range(1, _heads.Count).ToArray();
        return [.. logits.Select((_, i) => weights.Sum(k => k * _heads[k - 1][i]) / weights.Sum())];
    }

    private ReferenceMap Stem(float[] image)
    {
        var shape = _spec.Image;
        var map = new ReferenceMap(shape.Channels, shape.Height, shape.Width);
        for (var i = 0; i < image.Length; i++)
        {
            var c = i / (shape.Height * shape.Width);
            map.Values[i] = ((double)image[i] - statistics.Mean[c]) / statistics.StandardDeviation[c];
        }

        return _spec.Architecture.Style == ResNetStyle.Cifar
            ? Layer(map, "conv1", "bn1", _spec.Architecture.StemWidth, 3, 1).Relu()
            : Layer(map, "conv1", "bn1", _spec.Architecture.StemWidth, 7, 2).Relu().MaxPool(3, 1);
    }

    private ReferenceMap Layer(ReferenceMap input, string convolution, string norm, int outputs, int kernel, int stride)
        => input.Convolve(weights[convolution + ".weight"], outputs, kernel, stride).BatchNorm(weights, norm);

    private ReferenceMap Block(ResidualBlock block, ReferenceMap x, double mask)
    {
        // From the papers, and not from the plan's own list of layers.
        var p = $"layer{block.Stage}.{block.PositionInStage - 1}.";
        var stride = block.Stage > 1 && block.PositionInStage == 1 ? 2 : 1;
        var middle = _spec.Architecture.StemWidth << (block.Stage - 1);
        var shortcut = weights.Contains(p + "downsample.0.weight")
            ? Layer(x, p + "downsample.0", p + "downsample.1", block.OutChannels, 1, stride)
            : x;
        ReferenceMap residual;
        if (_spec.Architecture.IsBottleneck)
        {
            var (first, second) = _spec.Architecture.StridesFirst ? (stride, 1) : (1, stride);
            residual = Layer(x, p + "conv1", p + "bn1", middle, 1, first).Relu();
            residual = Layer(residual, p + "conv2", p + "bn2", middle, 3, second).Relu();
            residual = Layer(residual, p + "conv3", p + "bn3", block.OutChannels, 1, 1);
        }
        else
        {
            residual = Layer(x, p + "conv1", p + "bn1", middle, 3, stride).Relu();
            residual = Layer(residual, p + "conv2", p + "bn2", block.OutChannels, 3, 1);
        }

        return _spec.Network == NetworkKind.ConvNetAig
            ? shortcut.Mix(1, residual, mask).Relu()
            : shortcut.Mix(1, residual, 1).Relu().Mix(mask, shortcut, 1 - mask);
    }

    private bool Opens(ResidualBlock block, ReferenceMap x, ScoringPolicy policy, ReferenceResult result)
    {
        if (policy.GateThreshold is 0 || policy.Budget is 1)
        {
            return true;
        }

        var p = block.Prefix + "gate.";
        var probability = _spec.Network == NetworkKind.ConvNetAig ? Aig(p, x)
            : _spec.Gate == GateKind.Recurrent ? Recurrent(p, x)
            : FeedForward(p, x);
        if (policy.Budget is { } budget)
        {
            // Eleven knots from 0 to 1, of each a share that falls with its distance.
            var told = weights[p + "budget.bias"].ToArray()
                .Select((value, knot) => value * Math.Max(0, 1 - Math.Abs((10 * budget) - knot)));
            probability = Sigmoid(Math.Log(probability / (1 - probability)) + told.Sum());
        }

        result.GateProbability[block.Index] = probability;
        result.Margin = Math.Min(result.Margin, Math.Abs(probability - (policy.GateThreshold ?? 0.5f)));
        return policy.GateThreshold is { } threshold ? probability >= threshold
            : _spec.Network == NetworkKind.ConvNetAig ? probability >= 0.5
            : probability > 0.5;
    }

    private double Aig(string p, ReferenceMap x)
    {
        var hidden = ReferenceMap.Linear(weights, p + "fc1", x.AdaptivePool(1, Enumerable.Average));
        hidden = ReferenceMap.Normalise(weights, p + "fc1bn", hidden.Length, 1, hidden);
        return OpenOf(ReferenceMap.Linear(weights, p + "fc2", [.. hidden.Select(value => Math.Max(0, value))]));
    }

    private double FeedForward(string p, ReferenceMap x)
    {
        var first = _spec.Gate == GateKind.FeedForwardI;
        x = Layer(first ? x.MaxPool(2, 0) : x, p + "conv1", p + "bn1", x.Channels, 3, first ? 1 : 2).Relu();
        x = first ? Layer(x, p + "conv2", p + "bn2", x.Channels, 3, 2).Relu() : x;
        return OpenOf(ReferenceMap.Linear(weights, p + "linear", x.AdaptivePool(1, Enumerable.Average)));
    }

    private double Recurrent(string p, ReferenceMap x)
    {
        const int Width = NetworkSpec.RecurrentGateWidth;
        var input = ReferenceMap.Linear(weights, p + "embed", x.AdaptivePool(1, Enumerable.Average));
        var fromInput = ReferenceMap.Linear(weights["control.rnn.weight_ih_l0"], weights["control.rnn.bias_ih_l0"], input);
        var fromState = ReferenceMap.Linear(weights["control.rnn.weight_hh_l0"], weights["control.rnn.bias_hh_l0"], _hidden);
        for (var i = 0; i < Width; i++)
        {
            double Part(int part) => fromInput[(part * Width) + i] + fromState[(part * Width) + i];
            _cell[i] = (Sigmoid(Part(1)) * _cell[i]) + (Sigmoid(Part(0)) * Math.Tanh(Part(2)));
            _hidden[i] = Sigmoid(Part(3)) * Math.Tanh(_cell[i]);
        }

        return Sigmoid(ReferenceMap.Linear(weights, "control.proj", _hidden)[0]);
    }

    private double[] Head(ReferenceMap x, string p, HeadKind kind)
    {
        if (kind == HeadKind.Pooled)
        {
            return ReferenceMap.Linear(weights, p + "fc", x.AdaptivePool(1, Enumerable.Average));
        }

        if (kind == HeadKind.Quarters)
        {
            return ReferenceMap.Linear(weights, p + "fc", x.AdaptivePool(2, Enumerable.Average));
        }

        double[] pooled = [.. x.AdaptivePool(4, Enumerable.Average), .. x.AdaptivePool(4, Enumerable.Max)];
        var hidden = ReferenceMap.Linear(weights, p + "fc1", ReferenceMap.Normalise(weights, p + "bn1", pooled.Length, 1, pooled));
        hidden = ReferenceMap.Normalise(weights, p + "bn2", hidden.Length, 1, hidden);
        return ReferenceMap.Linear(weights, p + "fc2", [.. hidden.Select(value => Math.Max(0, value))]);
    }

    private static double OpenOf(double[] logits) => Sigmoid(logits[1] - logits[0]);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
