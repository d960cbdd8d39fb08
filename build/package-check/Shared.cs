using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

/// <summary>Images of two classes, dark and bright.</summary>
internal static class Images
{
    public static IEnumerable<Image> Make(int count)
    {
        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            var bright = i % 2 == 1;
            yield return new Image
            {
                Label = bright ? "bright" : "dark",
                Features = [.. Enumerable.Range(0, 64).Select(_ => (float)random.Next(100) + (bright ? 100 : 0))],
            };
        }
    }
}

internal sealed class Image
{
    public string Label { get; set; } = "";

    [VectorType(64)]
    public float[] Features { get; set; } = [];
}

internal sealed class Answer
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];

    public float ComputeFraction { get; set; }
}

/// <summary>Predictions as text, to the last bit.</summary>
internal static class Answers
{
    public static string Of(MLContext mlContext, IDataView scored)
        => string.Join('\n', mlContext.Data.CreateEnumerable<Answer>(scored, reuseRowObject: false).Select(answer => string.Create(
            CultureInfo.InvariantCulture,
            $"{answer.PredictedLabel} {string.Join(' ', answer.Score.Select(BitConverter.SingleToInt32Bits))} "
            + $"{answer.ComputeFraction:R}")));
}
