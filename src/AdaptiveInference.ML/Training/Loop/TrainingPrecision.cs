using AdaptiveInference.ML.LibTorch;
using TorchSharp;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>In which precision residual blocks are computed by training steps.</summary>
/// <param name="IsMixed">Whether in bfloat16.</param>
/// <param name="Reason">For the log.</param>
/// <param name="IsRefusal">Whether that is not what the options ask for.</param>
internal readonly record struct TrainingPrecision(bool IsMixed, string Reason, bool IsRefusal = false)
{
    /// <param name="wanted">The option; null goes on as an interrupted training began, and begins in single precision.</param>
    /// <param name="device">The device that trains.</param>
    /// <param name="begun">Whether a training that goes on began in bfloat16; null where none does.</param>
    /// <exception cref="InvalidOperationException">It did, and this processor cannot go on in it.</exception>
    public static TrainingPrecision Choose(bool? wanted, DeviceType device, bool? begun = null) => (wanted, begun) switch
    {
        (false, _) => new(false, "Training in single precision."),
        (true, _) when BFloat16Instructions.AreOn(device) => new(true, "Training in bfloat16."),
        (true, _) => new(
            false,
            "Training in single precision: this processor has no bfloat16 instructions, without which MixedPrecision is many times slower.",
            IsRefusal: true),
        (null, false) => new(false, "Training in single precision, in which the interrupted training began."),
        (null, true) when BFloat16Instructions.AreOn(device) => new(true, "Training in bfloat16, in which the interrupted training began."),
        (null, true) => throw new InvalidOperationException(
            "The interrupted training began in bfloat16, for which this processor has no instructions. Go on with it on a processor with "
                + "AVX512-BF16 or AMX, or delete its checkpoint to start anew."),

        // Not bfloat16 by itself, even where the processor multiplies in it: docs/training.md says why.
        (null, null) when device == DeviceType.CPU && BFloat16Instructions.MultiplyOnProcessor
            => new(
                false,
                "Training in single precision. This processor multiplies in bfloat16: MixedPrecision = true is faster where nothing else "
                    + "runs on it."),
        (null, null) => new(false, "Training in single precision."),
    };

    /// <summary>Whether an interrupted training began in bfloat16.</summary>
    /// <param name="interrupted">Its fingerprint.</param>
    /// <returns>Null where there is none, or where it does not say.</returns>
    public static bool? Of(IReadOnlyDictionary<string, string>? interrupted)
        => interrupted?.GetValueOrDefault(nameof(GatedResNetTrainerOptions.MixedPrecision)) switch
        {
            "true" => true,
            "false" => false,
            _ => null,
        };
}
