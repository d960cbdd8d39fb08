using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>Random numbers for the gates of a batch.</summary>
internal static class UniformDraws
{
    /// <summary>
    /// Numbers of [0, 1). Drawn on the CPU whatever the device: TorchSharp has no generators on a GPU (its native library makes one of the
    /// CPU when asked for another), and one seed so draws alike on all devices. It is a number per image and gate, little to move.
    /// </summary>
    /// <param name="shape">Shape of the result.</param>
    /// <param name="generator">Where the draws come from.</param>
    /// <param name="device">Where the result is needed.</param>
    public static Tensor Next(long[] shape, Generator generator, Device device)
        => rand(shape, ScalarType.Float32, CPU, generator: generator).to(device);
}
