using AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import.Hostile;

/// <summary>A small part of what the benchmark <c>hostile-onnx</c> does.</summary>
[TestClass]
public sealed class HostileOnnxTests
{
    private const int Files = 100;

    [TestMethod]
    public void ImportOnnx_AlteredFiles_ScoreFiniteOrAreRefused()
    {
        using var trial = new HostileOnnxTrial();
        var files = new HostileOnnx(seed: 7);
        foreach (var original in files.Originals)
        {
            Assert.AreEqual((HostileOutcome.Scored, ""), trial.Run(original));
        }

        var refused = 0;
        for (var number = 0; number < Files; number++)
        {
            var (what, file) = files.Create(number);
            var (outcome, message) = trial.Run(file);
            Assert.AreNotEqual(HostileOutcome.Fault, outcome, $"{number}: {what}: {message}");
            refused += outcome == HostileOutcome.Refused ? 1 : 0;
        }

        Assert.IsTrue(refused is > Files / 2 and < Files, $"{refused} of {Files} were refused");
    }
}
