using AdaptiveInference.ML.Training.Recipes;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class ValidationScoresTests
{
    [TestMethod]
    [DataRow(0.4, 0.9, DisplayName = "below the target nothing is gained")]
    [DataRow(0.5, 0.9, DisplayName = "at the target")]
    [DataRow(0.52, 0.9, DisplayName = "within the slack")]
    [DataRow(0.62, 0.8, DisplayName = "a tenth beyond the slack")]
    [DataRow(1.0, 0.42, DisplayName = "everything open")]
    public void WithinTarget_Fraction_CostsWhatIsAboveTheSlack(double fraction, double expected)
        => Assert.AreEqual(expected, ValidationScores.WithinTarget(new ValidationResult(1, 0.9, fraction), 0.5f), 1e-7);

    [TestMethod]
    public void WithinTarget_NoTarget_IsTheAccuracyOfAllHeads()
        => Assert.AreEqual(0.7, ValidationScores.WithinTarget(new ValidationResult(1, 0.9, 1) { AccuracyOfHeads = 0.7 }, null));

    [TestMethod]
    [DataRow(0.5, 0.7)]
    [DataRow(0.6, 0.7)]
    [DataRow(0.7, 0.698)]
    [DataRow(1.0, 0.692)]
    public void OverBudgets_Fraction_CostsLittleAboveTheMeanOfTheBudgets(double fraction, double expected)
        => Assert.AreEqual(
            expected,
            ValidationScores.OverBudgets(new ValidationResult(1, 0.9, fraction) { AccuracyOfHeads = 0.7, MeanBudget = 0.6 }), 1e-9);
}
