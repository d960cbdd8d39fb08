using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Compiled;

/// <summary>A compiled gate network: reads the block's input map, gives how likely it is to be open.</summary>
internal abstract unsafe class Gate
{
    /// <summary>Compiles a gate over the map that its block reads.</summary>
    /// <param name="layers">Weights and kernels.</param>
    /// <param name="spec">The gate.</param>
    /// <param name="control">What recurrent gates share; null where there are none.</param>
    /// <param name="input">The map.</param>
    public static Gate Of(LayerCompiler layers, GateSpec spec, RecurrentGateLstm? control, FeatureMap input) => spec switch
    {
        RecurrentGateSpec recurrent => new RecurrentGate(layers, recurrent, control!, input),
        AigGateSpec aig => new AigGate(layers, aig, input),
        FeedForwardGateSpec feedForward => new FeedForwardGate(layers, feedForward, input),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.GetType().Name, "There is no compiled gate of this kind."),
    };

    /// <summary>Whether <see cref="LogOdds"/> reads the sums of its map's channels, which the caller then has ready.</summary>
    public virtual bool ReadsSums => true;

    /// <summary>Log-odds of open, ln(p / (1 − p)): their sign decides exactly where the rounded probability could not.</summary>
    public abstract float LogOdds(float* arena);
}
