using AdaptiveInference.ML.Networks;
using TorchSharp.Modules;

namespace AdaptiveInference.ML.Training.Optimisation;

/// <summary>Which of a network's parameters learn, how fast, and which of them decay.</summary>
internal static class ParameterGroups
{
    /// <summary>
    /// Weight decay on the weights of convolutions and fully connected layers only: on batch-norm and biases it does not regularise, and it
    /// would pull gates towards undecided. On everything where the papers' recipes are wanted as they are.
    /// </summary>
    public static IReadOnlyList<ParameterGroup> Of(GatedResNetModule network, float weightDecay, bool decaysAll)
    {
        ParameterGroup[] groups =
        [
            .. decaysAll ? [new([.. network.BackboneParameters], weightDecay)] : ByDecay(network.BackboneParameters, weightDecay),
            new([.. network.GateParameters], decaysAll ? weightDecay : 0),
        ];
        return [.. groups.Where(group => group.Parameters.Count > 0)];
    }

    /// <summary>
    /// The same for a fine-tuning: stages that never learn are left out, and what has been learnt before has rates of its own.
    /// A head without a norm reads features of any size; at a rate that suits a norm the first steps would throw it about.
    /// </summary>
    public static IReadOnlyList<ParameterGroup> Of(
        GatedResNetModule network, float weightDecay, bool decaysAll, FineTuningOptions tuning)
    {
        var slow = network.StageParameters(tuning.FrozenStages).Concat(network.HeadParameters(isNormalised: false));
        ParameterGroup[] groups =
        [
            .. ByDecay(slow, weightDecay, decaysAll).Select(group => group with { RateFactor = tuning.BackboneRate }),
            .. ByDecay(network.HeadParameters(isNormalised: true), weightDecay, decaysAll)
                .Select(group => group with { RateFactor = tuning.HeadRate }),
            new([.. network.GateParameters], decaysAll ? weightDecay : 0),
        ];
        return [.. groups.Where(group => group.Parameters.Count > 0)];
    }

    /// <summary>The exits' heads alone.</summary>
    public static IReadOnlyList<ParameterGroup> OfExits(GatedResNetModule network, float weightDecay)
        => [.. ByDecay(network.ExitParameters, weightDecay)];

    private static IEnumerable<ParameterGroup> ByDecay(IEnumerable<Parameter> parameters, float weightDecay, bool decaysAll = false)
    {
        var decays = parameters.ToLookup(parameter => parameter.dim() > 1);
        return [new([.. decays[true]], weightDecay), new([.. decays[false]], decaysAll ? weightDecay : 0)];
    }
}
