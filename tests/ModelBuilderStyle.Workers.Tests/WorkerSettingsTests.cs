namespace ModelBuilderStyle.Workers.Tests;

/// <summary>What the operator is told of settings.</summary>
[TestClass]
public sealed class WorkerSettingsTests
{
    [TestMethod]
    public void Check_NothingNamed_SaysWhatToName()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new WorkerSettings().Check());

        Assert.AreEqual(
            "The settings are not usable. Name a folder of images to score with '--folder PATH', or a broker to take them from with "
            + "'--broker URI'.",
            error.Message);
    }

    [TestMethod]
    public void Check_OutOfRange_ListsThemAll()
    {
        var settings = new WorkerSettings
        {
            Folder = Path.GetTempPath(), Engines = 0, PrefetchPerEngine = 0, DeliveryLimit = 0, MaxPaths = 5, PathsPerMessage = 6,
            TargetSeconds = 601, LeastComputeBudget = 0, StatusPort = 70000, Store = " ", Queue = "",
        };

        var error = Assert.ThrowsExactly<ArgumentException>(settings.Check);

        Assert.AreEqual(
            "The settings are not usable. Worker:Engines must be at least 1, got 0. Worker:PrefetchPerEngine must be at least 1, got 0. "
            + "Worker:DeliveryLimit must be at least 1, got 0. Worker:PathsPerMessage must be from 1 to 5, got 6. Worker:StatusPort must "
            + "be from 0 to 65535, got 70000. Worker:TargetSeconds must be above 0 to 600, got 601. Worker:LeastComputeBudget must be "
            + "above 0 to 1, got 0. Worker:Queue must have a name. Worker:Store must be a file, or a connection string with Host=.",
            error.Message);
    }

    [TestMethod]
    [DataRow("http://host", "Worker:Broker must be like amqp://user:password@host:5672/vhost.")]
    [DataRow("secret", "Worker:Broker must be like amqp://user:password@host:5672/vhost.")]
    public void Check_NoBrokersAddress_SaysSoWithoutRepeatingIt(string broker, string expected)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new WorkerSettings { Broker = broker }.Check());

        Assert.AreEqual($"The settings are not usable. {expected}", error.Message);
    }

    [TestMethod]
    public void Check_FolderAndBroker_SaysWhichIsFor()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => new WorkerSettings { Broker = "amqp://host", Folder = Path.GetTempPath() }.Check());

        Assert.Contains("not both", error.Message);
    }

    [TestMethod]
    public void Create_NoModel_SaysHowToMakeOne()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.ThrowsExactly<ModelFileException>(
            () => WorkerHost.Create(["--folder", folder.Root, "--model", folder["none.zip"]]));

        Assert.AreEqual(
            $"The model file '{folder["none.zip"]}' does not exist: train it with 'dotnet run -c Release --project "
            + "samples/ModelBuilderStyle' and name it with '--model PATH'.",
            error.Message);
    }
}
