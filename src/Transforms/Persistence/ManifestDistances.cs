using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>The tensors of <see cref="ClassDistances"/>, which stand behind the weights where answers are accepted by distances.</summary>
internal static class ManifestDistances
{
    public static IReadOnlyList<(string Name, float[] Values)> Tensors(ClassDistances? distances)
    {
        if (distances is null)
        {
            return [];
        }

        var tensors = new List<(string, float[])>();
        for (var head = 0; head < distances.Heads.Count; head++)
        {
            tensors.Add((Means(head), distances.Heads[head].Means));
            tensors.Add((Weights(head), distances.Heads[head].Weights));
        }

        return tensors;
    }

    /// <summary>What a file must hold.</summary>
    public static IEnumerable<TensorSpec> Layout(BlockPlan blocks)
    {
        var head = 0;
        foreach (var channels in blocks.HeadChannels)
        {
            yield return new TensorSpec(Means(head), blocks.Spec.Classes, channels);
            yield return new TensorSpec(Weights(head++), channels);
        }
    }

    /// <summary>Takes them out of what was read.</summary>
    /// <exception cref="InvalidDataException">No channel can count so.</exception>
    public static ClassDistances Take(Dictionary<string, float[]> tensors, BlockPlan blocks)
    {
        var heads = new HeadDistances[blocks.Spec.Exits.Count + 1];
        for (var head = 0; head < heads.Length; head++)
        {
            tensors.Remove(Means(head), out var means);
            tensors.Remove(Weights(head), out var weights);
            foreach (var weight in weights!)
            {
                if (weight < 0)
                {
                    throw new InvalidDataException($"tensor '{Weights(head)}' holds negative values");
                }
            }

            heads[head] = new HeadDistances(means!, weights);
        }

        return new ClassDistances(heads);
    }

    private static string Means(int head) => $"class_means.{head}";

    private static string Weights(int head) => $"class_distances.{head}";
}
