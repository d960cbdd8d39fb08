namespace AdaptiveInference.ML.Tests.Training.Checkpoints.Hostile;

/// <summary>A small part of what the benchmark <c>hostile-checkpoints</c> does.</summary>
[TestClass]
public sealed class HostileCheckpointTests
{
    private const int Files = 60;

    [TestMethod]
    public void Fit_AlteredCheckpoints_AreGoneOnFromOrRefusedClearly()
    {
        using var trial = new HostileCheckpointTrial();
        foreach (var original in trial.Originals)
        {
            Assert.IsNull(trial.Run(original));
        }

        var checkpoints = new HostileCheckpoints(trial.Originals, seed: 7);
        var refused = 0;
        for (var number = 0; number < Files; number++)
        {
            var (what, file) = checkpoints.Create(number);
            try
            {
                refused += trial.Run(file) is null ? 0 : 1;
            }
            catch (Exception error)
            {
                Assert.Fail($"{number}: {what}: {error}");
            }
        }

        Assert.IsTrue(refused is > Files / 2 and < Files, $"{refused} of {Files} were refused");
    }
}
