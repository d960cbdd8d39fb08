using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>Compute fractions of images as a function of gate decisions, in a form that gradients pass through.</summary>
internal sealed class GatedComputeFraction : IDisposable
{
    private readonly Tensor? _shares;

    /// <param name="plan">The network.</param>
    /// <param name="device">Where decisions are.</param>
    /// <param name="costs">What its parts cost; null counts multiply–accumulates.</param>
    public GatedComputeFraction(BlockPlan plan, Device device, CostTable? costs = null)
    {
        var cost = costs ?? CostTable.OfMacs(new CostModel(plan));
        var always = cost.Stem + cost.Head;
        var shares = new List<float>();
        foreach (var block in plan.Blocks)
        {
            var price = cost.Blocks[block.Index];
            always += price.Shortcut + price.Gate + (block.IsGated ? 0 : price.Body);
            if (block.IsGated)
            {
                shares.Add((float)(price.Body / cost.Full));
            }
        }

        Always = always / cost.Full;
        _shares = shares.Count == 0 ? null : torch.tensor(shares.ToArray(), device: device).DetachFromDisposeScope();
    }

    /// <summary>The fraction that every image needs: all but the blocks that have gates.</summary>
    public double Always { get; }

    /// <summary>Compute fraction of each image (N), with the gradient of the decisions.</summary>
    /// <param name="gates">Decisions of all gates in order; none for a static network.</param>
    /// <param name="images">The batch, for its size and device.</param>
    public Tensor FractionOf(IReadOnlyList<SampledGate> gates, Tensor images)
        => _shares is null
            ? torch.full([images.shape[0]], (float)Always, device: images.device)
            : stack(gates.Select(gate => gate.Open), 1).matmul(_shares).add_(Always);

    /// <summary>Compute fraction of each image (N) from how far each gate is open. (N, gates)</summary>
    public Tensor FractionOf(Tensor open) => open.matmul(_shares!).add(Always);

    public void Dispose() => _shares?.Dispose();
}
