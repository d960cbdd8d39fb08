using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>Makes what a trainer says of itself, which ML.NET lets only its own trainers make.</summary>
internal static class TrainerCharacteristics
{
    /// <param name="validates">Whether it can use a validation set.</param>
    /// <param name="continues">Whether it can start from a trained model.</param>
    public static TrainerInfo OfImageTrainer(bool validates, bool continues)
        => new(normalization: false, calibration: false, caching: false, supportValid: validates, supportIncrementalTrain: continues);
}
