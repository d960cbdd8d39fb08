using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>A backbone's weights with other heads.</summary>
internal static class HeadWeights
{
    /// <summary>With heads of zeros, to run the network while its heads are not known yet.</summary>
    public static NetworkWeights Unfitted(BlockPlan plan, NetworkWeights backbone) => With(plan, backbone, []);

    /// <summary>With fitted heads.</summary>
    /// <param name="plan">The network with its heads.</param>
    /// <param name="backbone">Weights of everything but the heads.</param>
    /// <param name="heads">The exits' heads in order, then the last.</param>
    /// <param name="scales">Factor of each head's class scores.</param>
    public static NetworkWeights Of(BlockPlan plan, NetworkWeights backbone, IReadOnlyList<LinearHeadFit> heads, float[] scales)
    {
        var fitted = new Dictionary<string, float[]>();
        var names = plan.Exits.Append(plan.Head).Select(head => ((LinearSpec)head.Layers[0]).Name).ToArray();
        for (var i = 0; i < names.Length; i++)
        {
            var scale = scales[i];
            fitted.Add(names[i] + ".weight", [.. heads[i].Weights.Select(weight => weight * scale)]);
            fitted.Add(names[i] + ".bias", [.. heads[i].Biases.Select(bias => bias * scale)]);
        }

        return With(plan, backbone, fitted);
    }

    private static NetworkWeights With(BlockPlan plan, NetworkWeights backbone, Dictionary<string, float[]> fitted)
    {
        var heads = plan.Exits.Append(plan.Head).SelectMany(head => head.Layers).Select(layer => layer.Name + ".").ToArray();
        var values = new Dictionary<string, float[]>();
        foreach (var tensor in WeightLayout.Of(plan))
        {
            values[tensor.Name] = !heads.Any(tensor.Name.StartsWith) ? backbone.Array(tensor.Name)
                : fitted.TryGetValue(tensor.Name, out var own) ? own
                : new float[tensor.Length];
        }

        return new NetworkWeights(plan, values);
    }
}
