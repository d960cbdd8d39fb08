using System.IO.Compression;
using AdaptiveInference.ML.Transforms.Tests.PyTorch;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Transforms.Tests.Samples;

[TestClass]
public sealed class ImageDataSetTests
{
    private const int CifarLength = 3 * 32 * 32;

    [TestMethod]
    public void Read_EmbeddedFashionMnist_IsBalancedAndNamed()
    {
        var images = ImageDataSet.Read(Path.Combine(AppContext.BaseDirectory, "FashionMnist"), 1);

        Assert.AreEqual("1×28×28", $"{images.Channels}×{images.Height}×{images.Width}");
        CollectionAssert.AreEqual(Enumerable.Repeat(600, 10).ToArray(), Counts(images.Train));
        CollectionAssert.AreEqual(Enumerable.Repeat(200, 10).ToArray(), Counts(images.Test));
        Assert.AreEqual("Ankle boot", images.Train[0].Label);
        Assert.AreEqual("train-images-idx3-ubyte.gz#0", images.Train[0].Name);
    }

    [TestMethod]
    [DataRow("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")]
    [DataRow("train-images.idx3-ubyte", "train-labels.idx1-ubyte.gz", "t10k-images.idx3-ubyte.gz", "t10k-labels.idx1-ubyte")]
    public void Read_IdxFiles_AreFoundUnderTheirUsualNames(string trainImages, string trainLabels, string testImages, string testLabels)
    {
        using var folder = new TemporaryFolder();
        WriteIdx(folder.File(trainImages), [2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        WriteIdx(folder.File(trainLabels), [2], [3, 0]);
        WriteIdx(folder.File(testImages), [1, 2, 3], [0, 0, 0, 0, 0, 0]);
        WriteIdx(folder.File(testLabels), [1], [9]);

        var images = ImageDataSet.Read(folder.File("."), 1);

        CollectionAssert.AreEqual(new[] { "3", "0" }, images.Train.Select(image => image.Label).ToArray());
        CollectionAssert.AreEqual(BitmapFile.Encode([7, 8, 9, 10, 11, 12], 1, 2, 3), images.Train[1].Encoded());
        Assert.AreEqual("9", images.Test.Single().Label);
    }

    [TestMethod]
    public void Read_Cifar10Files_JoinsTheBatches()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("data_batch_1.bin"), [.. Record([1], 10), .. Record([0], 20)]);
        File.WriteAllBytes(folder.File("data_batch_2.bin"), [.. Record([2], 30)]);
        File.WriteAllBytes(folder.File("test_batch.bin"), [.. Record([2], 40)]);
        File.WriteAllText(folder.File("batches.meta.txt"), "airplane\nautomobile\nbird\n\n");

        var images = ImageDataSet.Read(folder.File("."), 1);

        CollectionAssert.AreEqual(new[] { "automobile", "airplane", "bird" }, images.Train.Select(image => image.Label).ToArray());
        CollectionAssert.AreEqual(BitmapFile.Encode(Filled(30), 3, 32, 32), images.Train[2].Encoded());
        Assert.AreEqual("CIFAR-10 files", images.Form);
    }

    [TestMethod]
    public void Read_Cifar100Files_TakesTheFineLabel()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("train.bin"), [.. Record([5, 77], 10)]);
        File.WriteAllBytes(folder.File("test.bin"), [.. Record([6, 78], 20)]);

        var images = ImageDataSet.Read(folder.File("."), 1);

        Assert.AreEqual("77", images.Train.Single().Label);
        Assert.AreEqual("78", images.Test.Single().Label);
    }

    [TestMethod]
    public void Read_ClassFolders_HoldsOutAFifthOfEachClassAndRepeatsBySeed()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["cat", "dog"])
        {
            Directory.CreateDirectory(folder.File(name));
            for (var i = 0; i < 10; i++)
            {
                File.WriteAllBytes(folder.File($"{name}/{i}.png"), [(byte)i]);
            }

            File.WriteAllText(folder.File($"{name}/notes.txt"), "no image");
        }

        var images = ImageDataSet.Read(folder.File("."), 1);
        var again = ImageDataSet.Read(folder.File("."), 1);

        CollectionAssert.AreEqual(new[] { 8, 8 }, Counts(images.Train));
        CollectionAssert.AreEqual(new[] { 2, 2 }, Counts(images.Test));
        Assert.IsEmpty(images.Train.Select(image => image.Name).Intersect(images.Test.Select(image => image.Name)));
        CollectionAssert.AreEqual(images.Test.Select(image => image.Name).ToArray(), again.Test.Select(image => image.Name).ToArray());
    }

    [TestMethod]
    public void Read_TrainAndTestFolders_AreKeptApart()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["train/cat", "train/dog", "test/cat", "test/dog"])
        {
            Directory.CreateDirectory(folder.File(name));
            File.WriteAllBytes(folder.File($"{name}/only.jpg"), [1]);
        }

        var images = ImageDataSet.Read(folder.File("."), 1);

        CollectionAssert.AreEqual(new[] { "cat", "dog" }, images.Train.Select(image => image.Label).ToArray());
        Assert.IsTrue(images.Test.All(image => image.Name.Contains("test", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Read_FolderThatDoesNotExist_SaysSo()
    {
        var exception = Assert.ThrowsExactly<DirectoryNotFoundException>(() => ImageDataSet.Read("/no/such/folder", 1));

        Assert.AreEqual("The data folder '/no/such/folder' does not exist.", exception.Message);
    }

    [TestMethod]
    public void Read_FolderOfSomethingElse_NamesTheForms()
    {
        using var folder = new TemporaryFolder();

        var exception = Assert.ThrowsExactly<InvalidDataException>(() => ImageDataSet.Read(folder.File("."), 1));

        StringAssert.EndsWith(
            exception.Message,
            "holds neither IDX files (train-images-idx3-ubyte …), nor CIFAR binaries (data_batch_1.bin … or train.bin), "
            + "nor at least two class folders with images.");
    }

    [TestMethod]
    [DataRow(new byte[] { 0, 0, 8, 1, 0, 0, 0, 2, 1 }, "is truncated.")]
    [DataRow(new byte[] { 0, 0, 8 }, "is truncated.")]
    [DataRow(new byte[] { 0, 0, 9, 1, 0, 0, 0, 1, 1 }, "is not an IDX file of bytes in 1 dimensions.")]
    [DataRow(new byte[] { 0, 0, 8, 1, 0xFF, 0, 0, 1, 1 }, "has sizes that no such file can have.")]
    public void Read_DamagedIdxFile_Throws(byte[] labels, string problem)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("labels");
        WriteIdx(folder.File("images"), [1, 1, 1], [1]);
        File.WriteAllBytes(path, labels);

        var exception = Assert.ThrowsExactly<InvalidDataException>(() => IdxFiles.Read(folder.File("images"), path));

        Assert.AreEqual($"'{path}' {problem}", exception.Message);
    }

    [TestMethod]
    public void Read_DamagedCifarFile_Throws()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("data_batch_1.bin");
        File.WriteAllBytes(path, new byte[100]);

        var exception = Assert.ThrowsExactly<InvalidDataException>(() => CifarFiles.Read(path, 1));

        Assert.AreEqual($"'{path}' is not a CIFAR file: it does not consist of whole records of 3073 bytes.", exception.Message);
    }

    private static int[] Counts(IEnumerable<LabeledImage> images)
        => [.. images.GroupBy(image => image.Label).Select(group => group.Count())];

    private static byte[] Record(byte[] labels, byte value) => [.. labels, .. Filled(value)];

    private static byte[] Filled(byte value) => [.. Enumerable.Repeat(value, CifarLength)];

    private static void WriteIdx(string path, int[] sizes, byte[] values)
    {
        byte[] bytes = [0, 0, 8, (byte)sizes.Length, .. sizes.SelectMany(size => (byte[])[0, 0, 0, (byte)size]), .. values];
        using var file = File.Create(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Compress) : file;
        stream.Write(bytes);
    }
}
