using AdaptiveInference.ML.Transforms.Evaluation;

namespace AdaptiveInference.ML.Transforms.Tests.Evaluation;

[TestClass]
public sealed class ScoredAnswerTests
{
    private const float Infinity = float.PositiveInfinity;

    public static IEnumerable<object[]> Cases =>
    [
        [new[] { 0.1f, 0.7f, 0.2f }, 1, 1, new[] { 0.1f, 0.7f, 0.2f }],
        [new[] { 0.5f, 0.5f, 0f }, 0, 2, new[] { 0.5f, 0.5f, 0f }],
        [new[] { float.NaN, 0.7f, 0.2f }, ScoredAnswer.None, 1, new[] { 1f, 0f, 0f }],
        [new[] { float.NaN, 0.7f, 0.2f }, ScoredAnswer.None, 0, new[] { 0f, 1f, 0f }],
        [new[] { 5f, 0.7f, float.NaN }, ScoredAnswer.None, -1, new[] { 1f, 0f, 0f }],
        [new[] { 5f, Infinity, 0f }, 1, 0, new[] { 0f, 1f, 0f }],
        [new[] { -Infinity, -3f, -2f }, 2, 2, new[] { 0f, 0f, 1f }],
        [new[] { -Infinity, -Infinity, -Infinity }, 0, 0, new[] { 1f, 0f, 0f }],
    ];

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Of_AndMakeFinite_CountRowsAsTheyAreAnswered(float[] scores, int answer, int label, float[] finite)
    {
        Assert.AreEqual(answer, ScoredAnswer.Of(scores));

        ScoredAnswer.MakeFinite(scores, label);

        CollectionAssert.AreEqual(finite, scores);
    }
}
