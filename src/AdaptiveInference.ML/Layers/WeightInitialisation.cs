using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Layers;

/// <summary>
/// First values of a network's tensors, as in the papers' code: convolutions, and the gates' 1×1 convolutions that the layout keeps as
/// linear layers, from N(0, 2 / fan-out) (He et al., ICCV 2015); batch-norm 1 and 0; other layers PyTorch's uniform ±1/√fan-in; the last
/// layer of a ConvNet-AIG gate from N(0, 0.001²) with biases 0.1 (closed) and 2 (open), which opens all gates at the start; what a gate
/// makes of a budget so that it is open with the budget's probability.
/// </summary>
internal sealed class WeightInitialisation(BlockPlan plan, Generator generator)
{
    /// <summary>First logit of every gate: open with a probability of 87 %.</summary>
    public const float FirstLogit = 1.9f;

    /// <summary>Distance of a gate's first probability from 0 and 1.</summary>
    private const double Margin = 0.05;

    private const double AigDeviation = 0.001;
    private static readonly float[] AigBias = [0.1f, 2f];

    private readonly Dictionary<string, TensorSpec> _layout = WeightLayout.Of(plan).ToDictionary(tensor => tensor.Name);

    /// <summary>The values of one tensor, drawn on the CPU so that they are the same on every device.</summary>
    public Tensor Draw(TensorSpec spec)
    {
        var shape = spec.Shape.Select(size => (long)size).ToArray();
        var (layer, part) = Split(spec.Name);
        var isAigOutput = plan.Spec.Network == NetworkKind.ConvNetAig && layer.EndsWith(".gate.fc2", StringComparison.Ordinal);
        return part switch
        {
            "running_mean" => zeros(shape),
            "running_var" => ones(shape),
            "weight" when isAigOutput => Normal(shape, AigDeviation),
            "bias" when isAigOutput => torch.tensor(AigBias),
            "bias" when layer.EndsWith(".gate.budget", StringComparison.Ordinal) => Curve(),
            "weight" when shape.Length == 4 => Normal(shape, Math.Sqrt(2.0 / (shape[0] * shape[2] * shape[3]))),
            "weight" when shape.Length == 2 && IsGate(layer) => Normal(shape, Math.Sqrt(2.0 / shape[0])),
            "weight" when shape.Length == 1 => ones(shape),
            "bias" when IsBatchNorm(layer) => zeros(shape),
            _ => Uniform(shape, 1 / Math.Sqrt(FanIn(layer, part, shape))),
        };
    }

    private static bool IsGate(string layer) => layer.Contains(".gate.", StringComparison.Ordinal) || layer == "control.proj";

    private bool IsBatchNorm(string layer) => _layout.ContainsKey(layer + ".running_mean");

    // A bias's fan-in is that of its weight. PyTorch's LSTM takes its state's width for all four tensors.
    private double FanIn(string layer, string part, long[] shape)
        => part.EndsWith("_l0", StringComparison.Ordinal) ? NetworkSpec.RecurrentGateWidth
            : part == "bias" ? _layout[layer + ".weight"].Shape[1]
            : shape[1];

    // With it every gate that is told a budget begins open with that probability, so that what is spent is right from the first step on and
    // it is left to learn where.
    private static Tensor Curve() => torch.tensor([.. Enumerable.Range(0, BudgetCurveSpec.Knots).Select(knot =>
    {
        var open = Math.Clamp(BudgetCurveSpec.BudgetOf(knot), Margin, 1 - Margin);
        return (float)(Math.Log(open / (1 - open)) - FirstLogit);
    })]);

    private static (string Layer, string Part) Split(string name)
    {
        var dot = name.LastIndexOf('.');
        return (name[..dot], name[(dot + 1)..]);
    }

    private Tensor Normal(long[] shape, double deviation) => empty(shape).normal_(0, deviation, generator);

    private Tensor Uniform(long[] shape, double bound) => empty(shape).uniform_(-bound, bound, generator);
}
