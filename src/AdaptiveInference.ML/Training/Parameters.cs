using AdaptiveInference.ML.Networks;

namespace AdaptiveInference.ML.Training;

/// <summary>How a network's parameters are grouped for training.</summary>
internal static class Parameters
{
    /// <summary>
    /// Weight decay on the weights of convolutions and fully connected layers only: on batch-norm and biases it does not regularise, and it
    /// would pull gates towards undecided.
    /// </summary>
    public static IReadOnlyList<ParameterGroup> Groups(GatedResNetModule network, float weightDecay, float gateRateScale)
    {
        var backbone = network.BackboneParameters.ToLookup(parameter => parameter.dim() > 1);
        ParameterGroup[] groups =
        [
            new([.. backbone[true]], weightDecay),
            new([.. backbone[false]], 0),
            new([.. network.GateParameters], 0, gateRateScale),
        ];
        return [.. groups.Where(group => group.Parameters.Count > 0)];
    }
}
