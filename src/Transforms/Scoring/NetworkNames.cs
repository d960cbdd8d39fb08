using System.Globalization;
using AdaptiveInference.ML.Transforms.Diagnostics;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>What metrics call a network and its exits.</summary>
internal static class NetworkNames
{
    /// <summary>Family and depth, such as <c>SkipNet-20</c>.</summary>
    public static string Of(GatedResNetModel model)
        => string.Create(CultureInfo.InvariantCulture, $"{model.Spec.Network}-{model.Spec.Architecture.Depth}");

    /// <summary>What counts the images of a network.</summary>
    public static ScoringTelemetry Telemetry(GatedResNetModel model)
    {
        // A loop, as everywhere where a model is loaded: in a fresh process a query is several methods to compile.
        var exits = new string[model.Spec.Exits.Count];
        for (var i = 0; i < exits.Length; i++)
        {
            exits[i] = model.Blocks.Blocks[model.Spec.Exits[i].AfterBlock].Name;
        }

        return new ScoringTelemetry(Of(model), exits);
    }
}
