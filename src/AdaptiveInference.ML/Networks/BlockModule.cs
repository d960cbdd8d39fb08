using AdaptiveInference.ML.Gates;
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
        _body = block.IsBottleneck
            ? [Layer(tensors, block, 1, 1), Layer(tensors, block, 2, block.Stride), Layer(tensors, block, 3, 1)]
            : [Layer(tensors, block, 1, block.Stride), Layer(tensors, block, 2, 1)];
        if (block.HasProjection)
        {
            _projection = (new ConvolutionLayer(tensors, block.Prefix + "downsample.0", block.Stride),
                new BatchNormLayer(tensors, block.Prefix + "downsample.1"));
        }
    }

    public ResidualBlock Block { get; }

    /// <summary>Null for a block that always runs.</summary>
    public IGateNetwork? Gate { get; }

    /// <summary>The block's output, with the full computation for every image and the decision as a factor.</summary>
    /// <param name="x">The block before's output. (N, C, H, W)</param>
    /// <param name="open">Null runs the block for all. (N)</param>
    /// <param name="skipsWhole">
    /// True is SkipNet's m·Block(x) + (1 − m)·shortcut(x), where a skipped block has no ReLU either; false is ConvNet-AIG's and random
    /// dropping's ReLU(shortcut(x) + m·F(x)).
    /// </param>
    /// <param name="batchStatistics">See <see cref="BatchNormLayer"/>.</param>
    public Tensor Forward(Tensor x, Tensor? open, bool skipsWhole, bool batchStatistics)
    {
        // Once, for both results: a second evaluation would move the batch-norm statistics twice.
        var shortcut = _projection is var (convolution, norm) ? norm.Forward(convolution.Forward(x), batchStatistics) : x;
        var body = Body(x, batchStatistics);
        if (open is null)
        {
            return body.add_(shortcut).relu_();
        }

        var factor = open.view(-1, 1, 1, 1).to(body.dtype);
        return skipsWhole
            ? shortcut.lerp(body.add_(shortcut).relu_(), factor)
            : shortcut.addcmul(body, factor, One).relu_();
    }

    private static readonly Scalar One = 1f;

    private static (ConvolutionLayer Convolution, BatchNormLayer Norm) Layer(NetworkTensors tensors, ResidualBlock block, int number, int stride)
        => (new ConvolutionLayer(tensors, $"{block.Prefix}conv{number}", stride), new BatchNormLayer(tensors, $"{block.Prefix}bn{number}"));

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
