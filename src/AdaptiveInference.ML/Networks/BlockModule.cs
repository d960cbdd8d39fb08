using AdaptiveInference.ML.Gates;
using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>
/// A residual block with post-activation (He et al., CVPR 2016): ReLU(shortcut(x) + F(x)), and how a decision mixes into it.
/// Bottlenecks have their stride in the 3×3 convolution, as torchvision's.
/// </summary>
internal sealed class BlockModule
{
    private readonly (ConvolutionLayer Convolution, BatchNormLayer Norm)[] _body;
    private readonly (ConvolutionLayer Convolution, BatchNormLayer Norm)? _projection;

    public BlockModule(NetworkTensors tensors, ResidualBlock block, IGateNetwork? gate)
    {
        Block = block;
        Gate = gate;
        BudgetCurve = block.BudgetCurve is null ? null : new BudgetCurve(tensors, block.BudgetCurve);
        _body = [.. block.Body.Select(layer => Layer(tensors, layer))];
        _projection = block.Projection is null ? null : Layer(tensors, block.Projection);
    }

    public ResidualBlock Block { get; }

    /// <summary>Null for a block that always runs.</summary>
    public IGateNetwork? Gate { get; }

    /// <summary>What the gate makes of a budget; null where it is told none.</summary>
    public BudgetCurve? BudgetCurve { get; }

    /// <summary>
    /// The block's output, with the full computation for every image and the decision m as a factor: ReLU(shortcut(x) + m·F(x)), or, where
    /// a skipped block has no ReLU either, m·Block(x) + (1 − m)·shortcut(x).
    /// </summary>
    /// <param name="x">The block before's output. (N, C, H, W)</param>
    /// <param name="open">Null runs the block for all. (N)</param>
    /// <param name="batchStatistics">See <see cref="BatchNormLayer"/>.</param>
    public Tensor Forward(Tensor x, Tensor? open, bool batchStatistics)
    {
        // Once, for both results: a second evaluation would move the batch-norm statistics twice.
        var shortcut = _projection is var (convolution, norm) ? norm.Forward(convolution.Forward(x), batchStatistics) : x;
        var body = Body(x, batchStatistics);
        if (open is null)
        {
            return body.add_(shortcut).relu_();
        }

        var factor = open.view(-1, 1, 1, 1).to(body.dtype);
        return Block.ReluWhenSkipped
            ? shortcut.addcmul(body, factor, One).relu_()
            : shortcut.lerp(body.add_(shortcut).relu_(), factor);
    }

    private static readonly Scalar One = 1f;

    private static (ConvolutionLayer Convolution, BatchNormLayer Norm) Layer(NetworkTensors tensors, ConvolutionSpec spec)
        => (new ConvolutionLayer(tensors, spec), new BatchNormLayer(tensors, spec.Norm));

    private Tensor Body(Tensor x, bool batchStatistics)
    {
        for (var layer = 0; layer < _body.Length; layer++)
        {
            var (convolution, norm) = _body[layer];
            x = norm.Forward(convolution.Forward(x), batchStatistics);
            if (layer < _body.Length - 1)
            {
                x = x.relu_();
            }
        }

        return x;
    }
}
