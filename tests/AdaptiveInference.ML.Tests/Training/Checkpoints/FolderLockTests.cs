using System.Diagnostics;
using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests.Training.Checkpoints;

[TestClass]
public sealed class FolderLockTests
{
    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16, Seed = 1,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string InUse
        => $"CheckpointFolder '{_folder.FullName}' is used by another Fit, in this process or in another one. Wait until that has ended, "
            + "or give every Fit a folder of its own.";

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Fit_FolderOfAFitInThisProcess_SaysSoAndLeavesItAlone()
    {
        string? message = null;
        Fit(Options with
        {
            Progress = new ProgressCallback(_ => message ??= Assert.ThrowsExactly<IOException>(() => Fit(Options)).Message),
        });
        Assert.AreEqual(InUse, message);
        Assert.IsEmpty(_folder.GetFiles());
    }

    [TestMethod]
    public void Fit_FolderOfAFitInAnotherProcess_SaysSoUntilThatIsKilled()
    {
        using var other = Process.Start(
            new ProcessStartInfo("dotnet", ["exec", typeof(FolderLockTests).Assembly.Location, KilledTraining.HeldTask, _folder.FullName])
            {
                RedirectStandardOutput = true,
            })!;
        StringAssert.StartsWith(other.StandardOutput.ReadLine(), "epoch ");
        Assert.AreEqual(InUse, Assert.ThrowsExactly<IOException>(() => Fit(Options)).Message);
        other.Kill();
        other.WaitForExit();

        // The killed process left its lock file and its checkpoint; the file does not lock, and the checkpoint is one of other options.
        Assert.IsTrue(File.Exists(Path.Combine(_folder.FullName, FolderLock.FileName)));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Fit(Options)).Message, "was made with other options");
        File.Delete(Path.Combine(_folder.FullName, CheckpointStore.FileName));
        Fit(Options);
        Assert.IsEmpty(_folder.GetFiles());
    }

    [TestMethod]
    public void Fit_Fails_LeavesTheFolderToTheNext()
    {
        var failing = Options with { Progress = new ProgressCallback(_ => throw new NotSupportedException()) };
        Assert.ThrowsExactly<NotSupportedException>(() => Fit(failing));
        Fit(Options);
        Assert.IsEmpty(_folder.GetFiles());
    }

    [TestMethod]
    public void Fit_FolderThatCannotBeLocked_SaysThatItCannotBeWritten()
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, FolderLock.FileName));
        var message = Assert.ThrowsExactly<IOException>(() => Fit(Options)).Message;
        StringAssert.StartsWith(message, $"CheckpointFolder '{_folder.FullName}' cannot be written: ");
        StringAssert.EndsWith(message, " Choose another folder, or set it to null.");
    }

    [TestMethod]
    public void Fit_LeftoversOfAKilledFit_AreDeleted()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, CheckpointStore.FileName + ".abc.tmp"), "half a checkpoint");
        Fit(Options);
        Assert.IsEmpty(_folder.GetFiles());
    }

    [TestMethod]
    public void Fit_CheckpointIsALink_WritesAndDeletesWhereItLeads()
    {
        var (link, target) = (Path.Combine(_folder.FullName, CheckpointStore.FileName), Path.Combine(_folder.FullName, "elsewhere"));
        File.CreateSymbolicLink(link, target);
        var written = false;
        Fit(Options with { Progress = new ProgressCallback(_ => written |= File.Exists(target)) });
        Assert.IsTrue(written);
        Assert.IsFalse(File.Exists(target));
        Assert.AreEqual(target, new FileInfo(link).LinkTarget);
    }

    [TestMethod]
    public void TryTake_ManyAtOnce_OneHasItAtATime()
    {
        var holders = 0;
        var taken = 0;
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 500; i++)
            {
                using var mine = FolderLock.TryTake(_folder.FullName);
                if (mine is not null)
                {
                    Assert.AreEqual(1, Interlocked.Increment(ref holders));
                    Interlocked.Increment(ref taken);
                    Interlocked.Decrement(ref holders);
                }
            }
        });
        Assert.IsGreaterThan(0, taken);
        Assert.IsEmpty(_folder.GetFiles());
    }

    private void Fit(ResNetTrainer.Options options)
    {
        var context = new MLContext(1);
        Trainers.Create(context, options with { CheckpointFolder = _folder.FullName })
            .Fit(SyntheticImages.View(context, SyntheticImages.Rows(40))).Dispose();
    }
}
