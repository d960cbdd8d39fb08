using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>A max pool ready to run.</summary>
/// <param name="Spec">Its windows.</param>
/// <param name="Output">Where the result is put.</param>
internal sealed record CompiledPool(PoolSpec Spec, FeatureMap Output)
{
    /// <summary>Compiles a pool, and makes sure that the arena has all that it reads.</summary>
    public static CompiledPool Of(LayerCompiler layers, PoolSpec spec, FeatureMap input, FeatureMap output)
    {
        layers.Arena.Reads(input, layers.Kernels.ReachOfMaxPool(input, output, spec.Window, spec.Padding));
        return new CompiledPool(spec, output);
    }
}
