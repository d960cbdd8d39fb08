using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>Runs models on the test images.</summary>
internal static class PhotoTest
{
    private const string ComputeFraction = "ComputeFraction";

    /// <param name="context">ML.NET's.</param>
    /// <param name="model">Makes the column <c>PredictedLabel</c> of the class's name, from rows that have a path.</param>
    /// <param name="photos">The test images.</param>
    /// <param name="budget">The budget that the model is set to, for the record.</param>
    public static PhotoPoint Run(MLContext context, ITransformer model, IReadOnlyList<Photo> photos, double? budget = null)
        => Point(model.Transform(context.Data.LoadFromEnumerable(photos)), photos, budget);

    public static PhotoPoint Point(IDataView scored, IReadOnlyList<Photo> photos, double? budget = null)
    {
        var answers = Answers(scored);
        return PhotoPoint.Of(
            budget,
            [.. answers.Zip(photos, (answer, photo) => answer.Label == photo.Label)],
            [.. answers.Select(answer => answer.ComputeFraction)]);
    }

    /// <summary>Labels that a model gave, and what they cost: 1 where it does not say.</summary>
    public static List<(string Label, float ComputeFraction)> Answers(IDataView scored)
    {
        var label = scored.Schema["PredictedLabel"];
        var fraction = scored.Schema.GetColumnOrNull(ComputeFraction);
        using var cursor = scored.GetRowCursor(fraction is null ? [label] : [label, fraction.Value]);
        var getLabel = cursor.GetGetter<ReadOnlyMemory<char>>(label);
        var getFraction = fraction is null ? null : cursor.GetGetter<float>(fraction.Value);
        var answers = new List<(string, float)>();
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> text = default;
            var share = 1f;
            getLabel(ref text);
            getFraction?.Invoke(ref share);
            answers.Add((text.ToString(), share));
        }

        return answers;
    }
}
