using AdaptiveInference.ML.Networks;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>Images and classes of one step, valid until the next batch is asked for.</summary>
internal interface IBatch
{
    /// <summary>What a network reads, on a device.</summary>
    NetworkInput InputOn(Device device);

    /// <summary>The classes as (N) on a device.</summary>
    Tensor LabelsOn(Device device);
}

/// <summary>Serves a set of images in batches.</summary>
internal interface IBatchSource
{
    /// <summary>Batches of one pass.</summary>
    int Batches { get; }

    /// <summary>Images of one pass.</summary>
    int Images { get; }

    /// <inheritdoc cref="BatchLoader.Varied" />
    IEnumerable<IBatch> Varied(int seed, int epoch);

    /// <inheritdoc cref="BatchLoader.Plain" />
    IEnumerable<IBatch> Plain();
}
