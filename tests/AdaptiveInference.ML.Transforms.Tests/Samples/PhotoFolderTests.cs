using AdaptiveInference.ML.Transforms.Tests.PyTorch;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Transforms.Tests.Samples;

[TestClass]
public sealed class PhotoFolderTests
{
    [TestMethod]
    public void Read_ClassFolders_HoldsOutAFifthOfEachClass()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "cat", 10);
        Write(folder, "dog", 5);

        var photos = PhotoFolder.Read(folder.File("."), 1);

        Assert.AreEqual("cat 8, dog 4", Counts(photos.Train));
        Assert.AreEqual("cat 2, dog 1", Counts(photos.Test));
        Assert.IsNull(photos.LeftOut);
    }

    [TestMethod]
    public void Read_ObjectsInSubfolders_StayOnOneSide()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 10; i++)
        {
            Write(folder, $"cat/number {i}", 3);
            Write(folder, $"dog/number {i}", 2);
        }

        var photos = PhotoFolder.Read(folder.File("."), 1);

        Assert.AreEqual("cat 24, dog 16", Counts(photos.Train));
        Assert.IsEmpty(photos.Train.Select(photo => photo.Group).Intersect(photos.Test.Select(photo => photo.Group)));
    }

    [TestMethod]
    public void Read_TrainAndTestFolders_AreKeptApartAndValIsLearntFrom()
    {
        using var folder = new TemporaryFolder();
        foreach (var (part, count) in new[] { ("Train", 3), ("val", 1), ("test", 2), ("notes", 1) })
        {
            Write(folder, $"{part}/cat", count);
            Write(folder, $"{part}/dog", count);
        }

        var photos = PhotoFolder.Read(folder.File("."), 1);

        Assert.AreEqual("cat 4, dog 4", Counts(photos.Train));
        Assert.AreEqual("cat 2, dog 2", Counts(photos.Test));
        Assert.IsTrue(photos.Test.All(photo => photo.Name.Contains("test", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Read_FilesThatAreNoImages_AreCountedAndHiddenOnesForgotten()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "cat", 5);
        Write(folder, "dog", 5);
        Write(folder, ".cache", 5);
        foreach (var name in (string[])["cat/a.HEIC", "cat/b.heic", "dog/notes.txt", "dog/.DS_Store", "dog/Thumbs.db"])
        {
            File.WriteAllText(folder.File(name), "");
        }

        Assert.AreEqual("2 files .heic, 1 file .txt", PhotoFolder.Read(folder.File("."), 1).LeftOut);
    }

    [TestMethod]
    public void Read_File_SaysThatItIsOne()
    {
        var file = typeof(PhotoFolderTests).Assembly.Location;

        Assert.AreEqual(
            $"'{file}' is a file: name the folder that it is in with --data.",
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => PhotoFolder.Read(file, 1)).Message);
    }

    [TestMethod]
    public void Read_FolderThatDoesNotExist_SaysSo()
        => Assert.AreEqual(
            "The data folder '/no/such/folder' does not exist.",
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => PhotoFolder.Read("/no/such/folder", 1)).Message);

    [TestMethod]
    [DataRow("", " has no class folders: put the images of each class into a folder of its own in it, such as '{0}/cat/1.jpg'.")]
    [DataRow("cat 9", " has images of one class only, 'cat': at least two are needed.")]
    [DataRow("cat 9|dog 4", "Class 'dog' of '{0}' has 4 images: at least 5 are needed, 4 to learn from and one to test with.")]
    [DataRow("cat 9|dog 0", "Class 'dog' of '{0}' has 0 images: at least 5 are needed, 4 to learn from and one to test with.")]
    [DataRow("cat 9|dog/rex 9", "Class 'dog' of '{0}' has images of 1 thing (a subfolder is one): at least 5 are needed, ")]
    [DataRow("train/cat 9|train/dog 9", " has a folder 'train' but none named 'test': add it, or put the class folders right into the ")]
    [DataRow("test/cat 9|test/dog 9", " has a folder 'test' but none named 'train': add it, or put the class folders right into the ")]
    [DataRow("train/cat 9|train/dog 3|test/cat 1", "Class 'dog' of '{0}' has 3 images: at least 4 are needed, to learn from.")]
    [DataRow("train/cat 9|train/dog 9|test/cow 1", " has test images of class 'cow', but none to learn from.")]
    [DataRow("train/cat 9|train/dog 9|test/dog 0", " has no test images: its folder 'test' holds none.")]
    public void Read_FolderThatWillNotDo_SaysWhatIsMissing(string classes, string message)
    {
        using var folder = new TemporaryFolder();
        foreach (var pair in classes.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split(' ')))
        {
            Write(folder, pair[0], int.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture));
        }

        var error = Assert.ThrowsExactly<InvalidDataException>(() => PhotoFolder.Read(folder.File("."), 1));

        StringAssert.Contains(error.Message.Replace('\\', '/'), message.Replace("{0}", folder.File("."), StringComparison.Ordinal));
    }

    private static void Write(TemporaryFolder folder, string name, int count)
    {
        Directory.CreateDirectory(folder.File(name));
        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(folder.File($"{name}/{i}.jpg"), [(byte)i]);
        }
    }

    private static string Counts(IEnumerable<LabeledImage> photos)
        => string.Join(", ", photos.CountBy(photo => photo.Label).Select(pair => $"{pair.Key} {pair.Value}"));
}
