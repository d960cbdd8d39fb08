using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>Whether a second model would only repeat what the first has answered.</summary>
internal static class SameAnswers
{
    /// <summary>Whether the second is the first network once more, or begins with it, over the same weights and images.</summary>
    public static bool Are(GatedResNetTransformer first, ITransformer second)
    {
        // Steps before a network may change the images that it sees.
        while (second is IEnumerable<ITransformer> chain && chain.FirstOrDefault() is { } step)
        {
            second = step;
        }

        return second is GatedResNetTransformer network && (ReferenceEquals(network, first) || AreAlike(network, first));
    }

    private static bool AreAlike(GatedResNetTransformer one, GatedResNetTransformer other)
        => ReferenceEquals(one.PlanSource, other.PlanSource) && one.Columns.Features == other.Columns.Features
            && one.Resizing == other.Resizing && one.GateThreshold == other.GateThreshold && one.GateBudget == other.GateBudget
            && one.ExitConfidences.SequenceEqual(other.ExitConfidences);
}
