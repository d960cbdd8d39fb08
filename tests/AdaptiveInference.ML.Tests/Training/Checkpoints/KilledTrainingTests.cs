using System.Diagnostics;

namespace AdaptiveInference.ML.Tests.Training.Checkpoints;

[TestClass]
public sealed class KilledTrainingTests
{
    private const int Kills = 10;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Fit_ProcessKilledAtRandomMoments_EndsWithTheModelOfAnUnbrokenRun()
    {
        var random = new Random();
        for (var kill = 0; kill < Kills; kill++)
        {
            // Somewhere between the first line and the fourth of the run, and then at any moment within an epoch or its checkpoint.
            using var process = Start();
            for (var lines = random.Next(4); lines >= 0; lines--)
            {
                // A fast machine may end the training between two kills; the next run then starts anew.
                var line = process.StandardOutput.ReadLine() ?? "";
                StringAssert.Matches(line, new(@"^(epoch \d|trained [0-9A-F]+$)"));
                if (line.StartsWith("trained", StringComparison.Ordinal))
                {
                    break;
                }
            }

            Thread.Sleep(random.Next(100));
            process.Kill();
            process.WaitForExit();
        }

        using var last = Start();
        var result = last.StandardOutput.ReadToEnd().TrimEnd().Split('\n')[^1];
        last.WaitForExit();
        Assert.AreEqual("trained " + KilledTraining.Train(null, null), result);
        Assert.IsEmpty(_folder.GetFiles("*.checkpoint"));
    }

    private Process Start() => Process.Start(
        new ProcessStartInfo("dotnet", ["exec", typeof(KilledTrainingTests).Assembly.Location, KilledTraining.Task, _folder.FullName])
        {
            RedirectStandardOutput = true,
        })!;
}
