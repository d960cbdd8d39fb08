using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>A classification head: the last one or that of an early exit. (N, C, H, W) → (N, classes)</summary>
internal abstract class HeadModule
{
    public static HeadModule Of(NetworkTensors tensors, HeadSpec spec) => spec switch
    {
        PooledHeadSpec pooled => new PooledHead(tensors, pooled),
        QuartersHeadSpec quarters => new QuartersHead(tensors, quarters),
        GridHeadSpec grid => new GridHead(tensors, grid),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.GetType().Name, "There is no torch module for heads of this kind."),
    };

    public abstract Tensor Logits(Tensor features, bool batchStatistics);

    private sealed class PooledHead(NetworkTensors tensors, PooledHeadSpec spec) : HeadModule
    {
        private readonly LinearLayer _fc = new(tensors, spec.Linear);

        public override Tensor Logits(Tensor features, bool batchStatistics) => _fc.Forward(Pooling.Average(features));
    }

    private sealed class QuartersHead(NetworkTensors tensors, QuartersHeadSpec spec) : HeadModule
    {
        private readonly LinearLayer _fc = new(tensors, spec.Linear);

        public override Tensor Logits(Tensor features, bool batchStatistics)
            => _fc.Forward(Pooling.GridAverage(features, QuartersHeadSpec.Side).to(ScalarType.Float32));                     // (N, 4·C)
    }

    // 4×4 average and 4×4 maximum keep where things are; the two batch-norms let one head read maps of any scale.
    private sealed class GridHead(NetworkTensors tensors, GridHeadSpec spec) : HeadModule
    {
        private static readonly long[] Grid = [NetworkSpec.GridSide, NetworkSpec.GridSide];

        private readonly BatchNormLayer _bn1 = new(tensors, spec.FirstNorm);
        private readonly LinearLayer _fc1 = new(tensors, spec.First);
        private readonly BatchNormLayer _bn2 = new(tensors, spec.SecondNorm);
        private readonly LinearLayer _fc2 = new(tensors, spec.Second);

        public override Tensor Logits(Tensor features, bool batchStatistics)
        {
            var average = Pooling.GridAverage(features, NetworkSpec.GridSide);                               // (N, 16·C), channel-major
            var maximum = nn.functional.adaptive_max_pool2d(features, Grid).flatten(1);
            var normalised = _bn1.Forward(cat([average, maximum], 1).to(ScalarType.Float32), batchStatistics);   // (N, 32·C)
            var hidden = _bn2.Forward(_fc1.Forward(normalised), batchStatistics).relu_();                    // (N, 64)
            return _fc2.Forward(hidden);
        }
    }
}
