namespace ModelBuilderStyle.ImageData;

/// <summary>Training and test images of one data set, and the size at which a network should read them.</summary>
public sealed class ImageDataSet
{
    // Images of a folder tree have any size; this is what CIFAR-style networks are made for.
    private const int FolderSide = 32;

    private const int FolderTestShare = 5;

    private ImageDataSet(
        string form, int channels, int height, int width, IReadOnlyList<LabeledImage> train, IReadOnlyList<LabeledImage> test)
    {
        Form = form;
        Channels = channels;
        Height = height;
        Width = width;
        Train = train;
        Test = test;
    }

    /// <summary>What the folder was found to hold, for people.</summary>
    public string Form { get; }

    /// <summary>1 for gray, 3 for colour.</summary>
    public int Channels { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Images to learn from.</summary>
    public IReadOnlyList<LabeledImage> Train { get; }

    /// <summary>Images that training never sees.</summary>
    public IReadOnlyList<LabeledImage> Test { get; }

    /// <summary>
    /// Reads a folder that holds MNIST-like IDX files, CIFAR-10 or CIFAR-100 binary files, or one folder per class (possibly below
    /// <c>train</c> and <c>test</c>; without these every fifth image of a class, after shuffling, is a test image).
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="seed">Decides which images of a folder tree are test images.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="InvalidDataException">The folder holds none of these, or a damaged file.</exception>
    public static ImageDataSet Read(string folder, int seed)
    {
        DataFolder.Check(folder);
        if (Idx(folder, "train") is var (trainImages, trainLabels) && Idx(folder, "t10k") is var (testImages, testLabels))
        {
            return OfRaw(
                "IDX files", folder, IdxFiles.Read(trainImages, trainLabels), IdxFiles.Read(testImages, testLabels), "classes.txt");
        }

        var batches = Enumerable.Range(1, 5).Select(i => Path.Combine(folder, $"data_batch_{i}.bin")).Where(File.Exists).ToList();
        if (batches.Count > 0 && File.Exists(Path.Combine(folder, "test_batch.bin")))
        {
            var train = RawImages.Join([.. batches.Select(file => CifarFiles.Read(file, 1))]);
            return OfRaw("CIFAR-10 files", folder, train, CifarFiles.Read(Path.Combine(folder, "test_batch.bin"), 1), "batches.meta.txt");
        }

        if (File.Exists(Path.Combine(folder, "train.bin")) && File.Exists(Path.Combine(folder, "test.bin")))
        {
            return OfRaw(
                "CIFAR-100 files", folder, CifarFiles.Read(Path.Combine(folder, "train.bin"), 2),
                CifarFiles.Read(Path.Combine(folder, "test.bin"), 2), "fine_label_names.txt");
        }

        return OfFolders(folder, seed) ?? throw new InvalidDataException(
            $"'{folder}' holds neither IDX files (train-images-idx3-ubyte …), nor CIFAR binaries (data_batch_1.bin … or train.bin), "
            + "nor at least two class folders with images.");
    }

    private static ImageDataSet OfRaw(string form, string folder, RawImages train, RawImages test, string namesFile)
    {
        var file = Path.Combine(folder, namesFile);
        string[] names = File.Exists(file) ? [.. File.ReadAllLines(file).Where(line => line.Length > 0)] : [];
        return (train.Channels, train.Height, train.Width) == (test.Channels, test.Height, test.Width)
            ? new ImageDataSet(form, train.Channels, train.Height, train.Width, train.Encode(names), test.Encode(names))
            : throw new InvalidDataException($"Training and test images of '{folder}' have different sizes.");
    }

    private static ImageDataSet? OfFolders(string folder, int seed)
    {
        string train = Path.Combine(folder, "train"), test = Path.Combine(folder, "test");
        if (Directory.Exists(train) && Directory.Exists(test) && ClassFolders.Match(train) && ClassFolders.Match(test))
        {
            return new ImageDataSet("class folders", 3, FolderSide, FolderSide, ClassFolders.Read(train), ClassFolders.Read(test));
        }

        if (!ClassFolders.Match(folder))
        {
            return null;
        }

        var (learn, hold) = (new List<LabeledImage>(), new List<LabeledImage>());
        foreach (var group in ClassFolders.Read(folder).GroupBy(image => image.Label))
        {
            var images = group.ToArray();
            new Random(seed).Shuffle(images);
            hold.AddRange(images.Where((_, i) => i % FolderTestShare == 0 && images.Length > 1));
            learn.AddRange(images.Where((_, i) => i % FolderTestShare != 0 || images.Length == 1));
        }

        return new ImageDataSet("class folders", 3, FolderSide, FolderSide, learn, hold);
    }

    // The two files are written train-images-idx3-ubyte or train-images.idx3-ubyte, with or without .gz.
    private static (string Images, string Labels)? Idx(string folder, string part)
    {
        var images = Find(folder, $"{part}-images", "idx3-ubyte");
        var labels = Find(folder, $"{part}-labels", "idx1-ubyte");
        return images is null || labels is null ? null : (images, labels);
    }

    private static string? Find(string folder, string start, string end)
        => (from dot in (string[])["-", "."]
            from packed in (string[])["", ".gz"]
            select Path.Combine(folder, start + dot + end + packed)).FirstOrDefault(File.Exists);
}
