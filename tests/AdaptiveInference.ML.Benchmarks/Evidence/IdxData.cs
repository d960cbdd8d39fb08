using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// A data set of IDX files: all but the last tenth of its training images for training, the last tenth for validation, the test images for
/// testing.
/// </summary>
internal sealed class IdxData
{
    public const string Label = "Label";
    private const string Features = "Features";

    /// <summary>What the files of images to train on begin with.</summary>
    public const string TrainingPart = "train";

    /// <summary>What the files of images to test on begin with.</summary>
    public const string TestPart = "t10k";

    private readonly RawImages _train;
    private readonly int _validationStart;

    private IdxData(RawImages train, RawImages test)
    {
        _train = train;
        Test = test;
        _validationStart = train.Count - (train.Count / 10);
        Shape = new ImageShape(train.Channels, train.Height, train.Width);
        Classes = train.Labels.ToArray().Max() + 1;
    }

    public ImageShape Shape { get; }

    public int Classes { get; }

    public RawImages Test { get; }

    public int TrainingImages => _train.Count;

    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static IdxData Read(string folder) => new(ReadPart(folder, TrainingPart), ReadPart(folder, TestPart));

    public static string ImagesOf(string part) => part + "-images-idx3-ubyte";

    public static string LabelsOf(string part) => part + "-labels-idx1-ubyte";

    public IDataView Training(MLContext context) => View(context, _train, 0, _validationStart);

    /// <summary>All training images, for trainers that hold out a part themselves.</summary>
    public IDataView AllTraining(MLContext context) => View(context, _train, 0, _train.Count);

    public IDataView Validation(MLContext context) => View(context, _train, _validationStart, _train.Count);

    /// <summary>The images of <see cref="Validation"/>.</summary>
    public IReadOnlyList<float[]> ValidationPixels()
        => [.. Enumerable.Range(_validationStart, _train.Count - _validationStart).Select(image => Pixels(_train, image))];

    public static RawImages ReadPart(string folder, string part)
        => IdxFiles.Read(Find(folder, ImagesOf(part)), Find(folder, LabelsOf(part)));

    private static string Find(string folder, string name)
        => new[] { name + ".gz", name }.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"'{folder}' has no {name} and no {name}.gz.");

    private IDataView View(MLContext context, RawImages images, int from, int to)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[Label].ColumnType = new KeyDataViewType(typeof(uint), Classes);
        schema[Features].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Shape.Channels, Shape.Height, Shape.Width);
        return context.Data.LoadFromEnumerable(
            // A row's class counts from 0; ML.NET makes the key of it that counts from 1.
            Enumerable.Range(from, to - from).Select(i => new Row { Label = images.Labels[i], Features = Pixels(images, i) }), schema);
    }

    /// <summary>Pixels of an image as the network reads them.</summary>
    public static float[] Pixels(RawImages images, int index)
    {
        var pixels = new float[images.Size];
        var raw = images.Pixels(index);
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = raw[i];
        }

        return pixels;
    }

    private sealed class Row
    {
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
