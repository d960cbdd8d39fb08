using AdaptiveInference.ML.LibTorch;
using TorchSharp;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>In which precision residual blocks are computed by training steps.</summary>
/// <param name="IsMixed">Whether in bfloat16.</param>
/// <param name="Reason">For the log.</param>
/// <param name="IsRefusal">Whether that is not what the options ask for.</param>
internal readonly record struct TrainingPrecision(bool IsMixed, string Reason, bool IsRefusal)
{
    /// <param name="wanted">The option; null leaves it to the processor.</param>
    /// <param name="device">The device that trains.</param>
    public static TrainingPrecision Choose(bool? wanted, torch.Device device) => wanted switch
    {
        false => new(false, "Training in single precision.", false),
        true when BFloat16Instructions.AreOn(device) => new(true, "Training in bfloat16.", false),
        true => new(
            false,
            "Training in single precision: this processor has no bfloat16 instructions, without which MixedPrecision is many times slower.",
            true),

        // A GPU is left alone: which of them are faster in bfloat16 has not been measured.
        null when device.type == DeviceType.CPU && BFloat16Instructions.MultiplyOnProcessor
            => new(
                true, "Training in bfloat16, which this processor multiplies in; MixedPrecision = false trains in single precision.",
                false),
        null => new(false, "Training in single precision.", false),
    };
}
