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

    /// <summary>The same, with stem and blocks at a rate of their own and without those that never learn.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weightDecay">L2 penalty where there is one.</param>
    /// <param name="decaysAll">Whether it is everywhere.</param>
    /// <param name="frozenStages">Stages, the stem with the first, that never learn.</param>
    /// <param name="backboneRate">What the learning rate of stem and blocks is multiplied with.</param>
    public static IReadOnlyList<ParameterGroup> Groups(
        GatedResNetModule network, float weightDecay, bool decaysAll, int frozenStages, float backboneRate)
    {
        ParameterGroup[] groups =
        [
            .. ByDecay(network.StageParameters(frozenStages), weightDecay, decaysAll).Select(g => g with { RateFactor = backboneRate }),
            .. ByDecay(network.HeadParameters, weightDecay, decaysAll),
            new([.. network.GateParameters], decaysAll ? weightDecay : 0),
        ];
        return [.. groups.Where(group => group.Parameters.Count > 0)];
    }

    /// <summary>The exits' heads alone.</summary>
    public static IReadOnlyList<ParameterGroup> ExitGroups(GatedResNetModule network, float weightDecay)
        => [.. ByDecay(network.ExitParameters, weightDecay)];

    private static IEnumerable<ParameterGroup> ByDecay(IEnumerable<Parameter> parameters, float weightDecay, bool decaysAll = false)
    {
        var decays = parameters.ToLookup(parameter => parameter.dim() > 1);
        return [new([.. decays[true]], weightDecay), new([.. decays[false]], decaysAll ? weightDecay : 0)];
    }
}
