using System.IO.Compression;
using Microsoft.ML;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>What the operator is told when the service cannot start.</summary>
[TestClass]
public sealed class StartTests
{
    [TestMethod]
    public void Create_MissingModel_SaysWhereItWasLookedForAndHowToMakeIt()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "model.zip");

        var error = Assert.ThrowsExactly<ModelFileException>(() => ApiServer.Create(["--model", path]));

        Assert.AreEqual(
            $"The model file '{path}' does not exist: train it with 'dotnet run -c Release --project samples/ModelBuilderStyle' and name "
            + "it with '--model PATH'.",
            error.Message);
    }

    [TestMethod]
    public void Create_FileThatIsNoModel_SaysSo()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "no zip");

            var error = Assert.ThrowsExactly<ModelFileException>(() => ApiServer.Create(["--model", path]));

            Assert.AreEqual($"The model file '{path}' cannot be used: Failed to open a zip archive", error.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Create_ModelOfAnotherKind_SaysSo()
    {
        var path = Path.GetTempFileName();
        try
        {
            var mlContext = new MLContext(1);
            var data = mlContext.Data.LoadFromEnumerable<FashionClassifier.ModelInput>([]);
            mlContext.Model.Save(mlContext.Transforms.CopyColumns("Copy", "Label").Fit(data), data.Schema, path);

            var error = Assert.ThrowsExactly<ModelFileException>(() => ApiServer.Create(["--model", path]));

            Assert.AreEqual($"The model file '{path}' cannot be used: it holds no gated residual network.", error.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Create_DamagedModel_SaysWhatIsDamaged()
    {
        using var model = new TestModel();
        using (var archive = ZipFile.Open(model.File, ZipArchiveMode.Update))
        {
            var entry = archive.Entries.MaxBy(entry => entry.Length)!;
            using var stream = entry.Open();
            stream.Position = stream.Length / 2;
            stream.Write("damage"u8);
        }

        var error = Assert.ThrowsExactly<ModelFileException>(() => ApiServer.Create(["--model", model.File]));

        Assert.StartsWith(
            $"The model file '{model.File}' cannot be used: This is not a complete AdaptiveInference.ML model: ", error.Message);
    }

    [TestMethod]
    public void Create_SettingsOutOfRange_ListsThemAll()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => ApiServer.Create(["--Api:Engines", "0", "--Api:MaxWaiting", "-1", "--Api:MaxImageBytes", "5"]));

        Assert.AreEqual(
            "The settings are not usable. Api:MaxWaiting must be at least 0, got -1. Api:Engines must be at least 1, got 0.",
            error.Message);
    }

    [TestMethod]
    public void Create_SettingThatIsNone_SaysWhichThereAre()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => ApiServer.Create(["--Api:Engnies", "2"]));

        Assert.StartsWith("The settings are not usable. There is no Api:Engnies; there are CalibrationImages, ", error.Message);
        Assert.Contains(", Engines, ", error.Message);
    }

    [TestMethod]
    public void Create_SharesOutOfRange_ListsThemAll()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => ApiServer.Create(
        [
            "--Api:TargetMilliseconds", "0", "--Api:ReloadSeconds", "-1", "--Api:LeastComputeBudget", "0", "--Api:DriftShare", "1.5",
            "--Api:DriftAllowedRate", "1",
        ]));

        Assert.AreEqual(
            "The settings are not usable. Api:TargetMilliseconds must be at least 1, got 0. Api:ReloadSeconds must be at least 0, got -1. "
            + "Api:LeastComputeBudget must be above 0 and at most 1, got 0. Api:DriftShare must be from 0 to 1, got 1.5. "
            + "Api:DriftAllowedRate must be above 0 and less than 1, got 1.",
            error.Message);
    }

    [TestMethod]
    public void Create_LessMemoryThanOneBatch_SaysSo()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => ApiServer.Create(["--Api:MaxHeldBytes", "1000", "--Api:MaxBatchBytes", "2000", "--Api:MaxImageBytes", "500"]));

        Assert.AreEqual("The settings are not usable. Api:MaxHeldBytes must be at least 2000, got 1000.", error.Message);
    }
}
