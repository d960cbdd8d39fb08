using AdaptiveInference.ML.Networks;
using TorchSharp.Modules;

namespace AdaptiveInference.ML.Training.Optimisation;

/// <summary>How a network's parameters are grouped for training.</summary>
internal static class Parameters
{
    /// <summary>
    /// Weight decay on the weights of convolutions and fully connected layers only: on batch-norm and biases it does not regularise, and it
    /// would pull gates towards undecided. On everything where the papers' recipes are wanted as they are.
    /// </summary>
    public static IReadOnlyList<ParameterGroup> Groups(GatedResNetModule network, float weightDecay, bool decaysAll)
    {
        ParameterGroup[] groups =
        [
            .. decaysAll ? [new([.. network.BackboneParameters], weightDecay)] : ByDecay(network.BackboneParameters, weightDecay),
            new([.. network.GateParameters], decaysAll ? weightDecay : 0),
        ];
        return [.. groups.Where(group => group.Parameters.Count > 0)];
    }

    /// <summary>The exits' heads alone.</summary>
    public static IReadOnlyList<ParameterGroup> ExitGroups(GatedResNetModule network, float weightDecay)
        => [.. ByDecay(network.ExitParameters, weightDecay)];

    private static IEnumerable<ParameterGroup> ByDecay(IEnumerable<Parameter> parameters, float weightDecay)
    {
        var decays = parameters.ToLookup(parameter => parameter.dim() > 1);
        return [new([.. decays[true]], weightDecay), new([.. decays[false]], 0)];
    }
}
