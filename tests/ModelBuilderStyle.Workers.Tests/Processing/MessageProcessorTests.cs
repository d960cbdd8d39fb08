using ModelBuilderStyle.WebApi.Tests;
using ModelBuilderStyle.Workers.Processing;
using ModelBuilderStyle.Workers.Storage;
using ModelBuilderStyle.Workers.Tests.Storage;

namespace ModelBuilderStyle.Workers.Tests.Processing;

/// <summary>What becomes of a message, and in which order.</summary>
[TestClass]
public sealed class MessageProcessorTests
{
    private static readonly byte[] First = Images.Picture(1, side: 40);
    private static readonly byte[] Second = Images.Picture(2);

    private readonly TemporaryFolder _folder = new TemporaryFolder()
        .With("a.png", First).With("b/b.png", Second).With("bad.png", [1, 2, 3]).With("bomb.png", Images.PngOfSize(30_000, 30_000));

    private TestDatabase _database = null!;
    private WorkerParts _worker = null!;

    [TestInitialize]
    public async Task MakeAsync()
    {
        _database = await TestDatabase.OpenAsync("SQLite");
        _worker = new WorkerParts(_database, new WorkerSettings { Root = _folder.Root });
    }

    [TestCleanup]
    public async Task CleanAsync()
    {
        await _worker.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [TestMethod]
    public async Task Run_Paths_AreStoredBeforeTheyArePublishedBeforeTheMessageIsCompleted()
    {
        var stored = new List<long>();
        var message = new RecordedDelivery("a.png", "b/b.png")
        {
            Before = async _ => stored.Add(await _database.Store.CountAsync(_worker.Model.File.Version, default)),
        };

        Assert.IsTrue(await RunAsync(message));

        CollectionAssert.AreEqual(new[] { "publish a.png b/b.png", "complete" }, message.Events.ToArray());
        CollectionAssert.AreEqual(new long[] { 2, 2 }, stored);
        Check(First, message.Published[0]);
        Check(Second, message.Published[1]);
    }

    [TestMethod]
    public async Task Run_Bytes_AreScoredAsTheFileIs()
    {
        var message = new RecordedDelivery("image/png", First);

        Assert.IsTrue(await RunAsync(message));

        Check(First, message.Published.Single());
        Assert.AreEqual("the message", message.Published.Single().Source);
    }

    [TestMethod]
    public async Task Run_BadImagesAmongGoodOnes_ArePutAsideByThemselves()
    {
        var message = new RecordedDelivery("bad.png", "a.png", "../x.png", "bomb.png");

        Assert.IsTrue(await RunAsync(message));

        CollectionAssert.AreEqual(
            new[]
            {
                "aside bad.png: The 3 bytes are no image that can be decoded (PNG, JPEG, BMP, GIF or WebP), or a damaged or incomplete "
                + "one.",
                "aside ../x.png: The path '../x.png' is not one below the root folder, such as 'a/b.png'.",
                "aside bomb.png: The image has 30000 × 30000 = 900000000 pixels; at most 25000000 are decoded.",
                "publish a.png", "complete",
            },
            message.Events.ToArray());
        Assert.AreEqual(3, _worker.Metrics.Refused);
        Assert.AreEqual(1, _worker.Metrics.Done);
    }

    [TestMethod]
    public async Task Run_NoMessage_IsPutAsideAsAWholeAndCompleted()
    {
        var message = new RecordedDelivery("text/plain", "hello"u8.ToArray());

        Assert.IsTrue(await RunAsync(message));

        CollectionAssert.AreEqual(
            new[]
            {
                "aside all: The content type must be application/json for paths, or image/… or application/octet-stream for an image, got "
                + "'text/plain'.",
                "complete",
            },
            message.Events.ToArray());
    }

    [TestMethod]
    public async Task Run_BadBytes_ArePutAsideAsTheyCame()
    {
        var message = new RecordedDelivery("image/png", new byte[] { 1, 2 });

        Assert.IsTrue(await RunAsync(message));

        Assert.StartsWith("aside all: The 2 bytes are no image", message.Events.First());
        CollectionAssert.AreEqual(new[] { "publish ", "complete" }, message.Events.Skip(1).ToArray());
    }

    [TestMethod]
    public async Task Run_RepeatedMessage_TakesWhatIsInTheStore()
    {
        // No image at all: whoever tried to score it would put it aside.
        byte[] image = [1, 2, 3];
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(image));
        var stored = new StoredResult(hash, _worker.Model.File.Version, "boot", 0.5f, 0.25f, 1, DateTimeOffset.UnixEpoch, "before");
        await _database.Store.WriteAsync([stored], default);
        var message = new RecordedDelivery("image/png", image, isRepeated: true);

        Assert.IsTrue(await RunAsync(message));

        Assert.AreEqual(stored with { Source = "the message" }, message.Published.Single());
    }

    [TestMethod]
    public async Task Run_SentTwice_PublishesTheResultThatIsStored()
    {
        var message = new RecordedDelivery("image/png", First);
        var twin = new RecordedDelivery("image/png", First);

        await RunAsync(message);
        await RunAsync(twin);

        Assert.AreEqual(message.Published.Single(), twin.Published.Single());
    }

    [TestMethod]
    public async Task Run_WorkerThatIsToBeginNothing_LeavesTheMessage()
    {
        var message = new RecordedDelivery("a.png");
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();

        for (var i = 0; i < 10; i++)
        {
            Assert.IsFalse(await _worker.MessageProcessor.RunAsync(message, stopped.Token, default));
            Assert.IsFalse(await _worker.MessageProcessor.RunAsync(message, default, stopped.Token));
        }

        // Nothing was said, and the room in memory that was waited for has been given back.
        Assert.IsEmpty(message.Events);
        Assert.IsTrue(await RunAsync(message));
    }

    [TestMethod]
    [DataRow("publish")]
    [DataRow("complete")]
    [DataRow("aside")]
    public async Task Run_ConnectionThatEnds_IsNoError(string at)
    {
        var message = new RecordedDelivery("a.png", "bad.png")
        {
            Before = what => what == at ? Task.FromException(new DeliveryLostException(new IOException())) : Task.CompletedTask,
        };

        Assert.IsFalse(await RunAsync(message));

        Assert.IsFalse(message.Events.Any(one => one.StartsWith("return", StringComparison.Ordinal)));
        Assert.DoesNotContain("complete", message.Events);
        Assert.AreEqual(1, await _database.Store.CountAsync(_worker.Model.File.Version, default));
    }

    [TestMethod]
    public async Task Run_UnexpectedError_GivesTheMessageBack()
    {
        var message = new RecordedDelivery("a.png")
        {
            Before = what => what == "publish" ? Task.FromException(new InvalidOperationException("broken")) : Task.CompletedTask,
        };

        Assert.IsFalse(await RunAsync(message));

        CollectionAssert.AreEqual(new[] { "return InvalidOperationException: broken" }, message.Events.ToArray());
    }

    private Task<bool> RunAsync(Delivery message) => _worker.MessageProcessor.RunAsync(message, default, default);

    private void Check(byte[] image, StoredResult result)
    {
        var expected = TestModel.Expected(image);
        Assert.AreEqual(expected.PredictedLabel, result.Label);
        Assert.AreEqual(expected.Score.Max(), result.Probability);
        Assert.AreEqual(expected.ComputeFraction, result.ComputeFraction);
        Assert.AreEqual(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(image)), result.Image);
        Assert.AreEqual(_worker.Model.File.Version, result.Model);
        Assert.AreEqual(0, result.Step);
    }
}
