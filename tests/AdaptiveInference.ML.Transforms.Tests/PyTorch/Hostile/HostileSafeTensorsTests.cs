namespace AdaptiveInference.ML.Transforms.Tests.PyTorch.Hostile;

/// <summary>A small part of what the benchmark <c>hostile-checkpoints</c> does.</summary>
[TestClass]
public sealed class HostileSafeTensorsTests
{
    private const int Files = 120;

    [TestMethod]
    [DataRow(NetworkKind.ResNet)]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void ImportPyTorch_AlteredFiles_ScoreFiniteOrAreRefused(NetworkKind network)
    {
        using var trial = new HostileSafeTensorsTrial();
        var options = HostileSafeTensorsTrial.Networks.Single(options => options.Network == network);
        var files = new HostileSafeTensors(options, seed: 7);
        Assert.IsNull(trial.Run(options, files.Original));
        var refused = 0;
        for (var number = 0; number < Files; number++)
        {
            var (what, file) = files.Create(number);
            try
            {
                refused += trial.Run(options, file) is null ? 0 : 1;
            }
            catch (Exception error)
            {
                Assert.Fail($"{number}: {what}: {error}");
            }
        }

        Assert.IsTrue(refused is > Files / 2 and < Files, $"{refused} of {Files} were refused");
    }
}
