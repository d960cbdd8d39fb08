using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <summary>
/// A classification head: the last one or that of an early exit. It pools a feature map without a parameter, and classifies what that
/// gives. (N, C, H, W) → (N, values) → (N, classes)
/// </summary>
internal abstract class HeadModule
{
    public static HeadModule Of(NetworkTensors tensors, HeadSpec spec) => spec switch
    {
        PooledHeadSpec pooled => new PooledHead(tensors, pooled),
        QuartersHeadSpec quarters => new QuartersHead(tensors, quarters),
        GridHeadSpec grid => new GridHead(tensors, grid),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.GetType().Name, "There is no torch module for heads of this kind."),
    };

    /// <summary>
    /// The one linear layer of a head that has no norm before it: it learns well only from values of like scale, which such a head does not
    /// make by itself. Null for other heads.
    /// </summary>
    public virtual (Parameter Weight, Parameter Bias)? Unnormalised => null;

    public Tensor Logits(Tensor features, bool batchStatistics) => Classify(Pool(features), batchStatistics);

    /// <summary>In single precision. (N, C, H, W) → (N, values)</summary>
    public abstract Tensor Pool(Tensor features);

    /// <summary>(N, values) → (N, classes)</summary>
    public abstract Tensor Classify(Tensor pooled, bool batchStatistics);

    private static (Parameter Weight, Parameter Bias) WeightsOf(NetworkTensors tensors, LinearSpec layer)
        => ((Parameter)tensors[layer.Name + ".weight"], (Parameter)tensors[layer.Name + ".bias"]);

    private sealed class PooledHead(NetworkTensors tensors, PooledHeadSpec spec) : HeadModule
    {
        private readonly LinearLayer _fc = new(tensors, spec.Linear);

        public override (Parameter Weight, Parameter Bias)? Unnormalised { get; } = WeightsOf(tensors, spec.Linear);

        public override Tensor Pool(Tensor features) => Pooling.Average(features);

        public override Tensor Classify(Tensor pooled, bool batchStatistics) => _fc.Forward(pooled);
    }

    private sealed class QuartersHead(NetworkTensors tensors, QuartersHeadSpec spec) : HeadModule
    {
        private readonly LinearLayer _fc = new(tensors, spec.Linear);

        public override (Parameter Weight, Parameter Bias)? Unnormalised { get; } = WeightsOf(tensors, spec.Linear);

        public override Tensor Pool(Tensor features)
            => Pooling.GridAverage(features, QuartersHeadSpec.Side).to(ScalarType.Float32);                  // (N, 4·C), channel-major

        public override Tensor Classify(Tensor pooled, bool batchStatistics) => _fc.Forward(pooled);
    }

    // 4×4 average and 4×4 maximum keep where things are; the two batch-norms let one head read maps of any scale.
    private sealed class GridHead(NetworkTensors tensors, GridHeadSpec spec) : HeadModule
    {
        private static readonly long[] Grid = [NetworkSpec.GridSide, NetworkSpec.GridSide];

        private readonly BatchNormLayer _bn1 = new(tensors, spec.FirstNorm);
        private readonly LinearLayer _fc1 = new(tensors, spec.First);
        private readonly BatchNormLayer _bn2 = new(tensors, spec.SecondNorm);
        private readonly LinearLayer _fc2 = new(tensors, spec.Second);

        public override Tensor Pool(Tensor features)
        {
            var average = Pooling.GridAverage(features, NetworkSpec.GridSide);                               // (N, 16·C), channel-major
            var maximum = nn.functional.adaptive_max_pool2d(features, Grid).flatten(1);
            return cat([average, maximum], 1).to(ScalarType.Float32);                                        // (N, 32·C)
        }

        public override Tensor Classify(Tensor pooled, bool batchStatistics)
        {
            var normalised = _bn1.Forward(pooled, batchStatistics);
            var hidden = _bn2.Forward(_fc1.Forward(normalised), batchStatistics).relu_();                    // (N, 64)
            return _fc2.Forward(hidden);
        }
    }
}
