using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Tests;

/// <summary>What data that cannot be trained on says.</summary>
[TestClass]
public sealed class TrainingDataErrorTests
{
    private static readonly ResNetTrainer.Options Options = new() { Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, Seed = 1 };

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Fit_LabelIsText_Throws()
        => AssertThrows<ArgumentOutOfRangeException>(
            "Schema mismatch for label column 'Label': expected Key<UInt32>, got String. Map it to keys first: "
            + "mlContext.Transforms.Conversion.MapValueToKey(\"Label\"). It is named in the option LabelColumnName "
            + "(Parameter 'inputSchema')",
            _context.Data.LoadFromEnumerable(SyntheticImages.Rows(6)));

    [TestMethod]
    public void GetOutputSchema_LabelIsText_Throws()
    {
        var schema = Transforms.Interop.SchemaShapes.Of(_context.Data.LoadFromEnumerable(SyntheticImages.Rows(6)).Schema);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Trainers.Create(_context, Options).GetOutputSchema(schema));
        Assert.AreEqual(
            "Schema mismatch for label column 'Label': expected Key<UInt32>, got String. Map it to keys first: "
            + "mlContext.Transforms.Conversion.MapValueToKey(\"Label\"). It is named in the option LabelColumnName "
            + "(Parameter 'inputSchema')",
            error.Message);
    }

    [TestMethod]
    public void Fit_LabelColumnMissing_Throws()
        => AssertThrows<ArgumentOutOfRangeException>(
            "Could not find label column 'Class'. There are columns 'Label', 'Features'. Name the right one in the option LabelColumnName "
            + "(Parameter 'inputSchema')", View(SyntheticImages.Rows(6)),
            Options with { LabelColumnName = "Class" });

    [TestMethod]
    public void Fit_FeatureColumnMissing_Throws()
        => AssertThrows<ArgumentOutOfRangeException>(
            "Could not find feature column 'Image'. There are columns 'Label', 'Features'. Name that of the images: it is the option "
            + "FeatureColumnName, or the parameter of "
            + "PretrainedResNet18 or AdaptiveFeatures (Parameter 'inputSchema')", View(SyntheticImages.Rows(6)),
            Options with { FeatureColumnName = "Image" });

    [TestMethod]
    public void Fit_FeatureColumnIsText_Throws()
        => AssertThrows<ArgumentOutOfRangeException>(
            "Schema mismatch for feature column 'Text': expected Vector<Single> or Vector<Byte> with dimensions [C,H,W] or [H,W,C] "
            + "(pixels), a flat Vector<Single> with ImageShape given (pixels), MLImage, or variable Vector<Byte> (an image file), got "
            + "String (Parameter 'inputSchema')",
            View([new TextRow { Label = "a", Text = "x" }, new TextRow { Label = "b", Text = "y" }]),
            Options with { FeatureColumnName = "Text" });

    [TestMethod]
    public void Fit_FeatureColumnOfAnotherSize_Throws()
        => AssertThrows<ArgumentOutOfRangeException>(
            "Schema mismatch for feature column 'Features': expected Vector<Single, 1, 28, 28>, Vector<Single, 28, 28, 1> or a flat vector "
            + "of 784 values, got Vector<Single, 1, 12, 12> (Parameter 'inputSchema')",
            View(SyntheticImages.Rows(6)),
            Options with { ImageShape = new ImageShape(1, 28, 28) });

    [TestMethod]
    public void Fit_ImagesLargerThanTheLimits_ThrowsBeforeARowIsRead()
    {
        var data = View([new EncodedRow { Label = "a" }, new EncodedRow { Label = "b" }]);
        var trainer = Trainers.Create(_context, Options with { ImageShape = new ImageShape(3, 4096, 4096) });

        var error = Assert.Throws<ArgumentException>(() => trainer.Fit(data));

        StringAssert.StartsWith(error.Message, "ResNet-8 (CIFAR) for images of 3×4096×4096 and 2 classes needs ");
        StringAssert.Contains(
            error.Message, " multiply–accumulates for an image, and ResourceLimits.MaximumNetworkMacs allows 64,000,000,000.");
    }

    [TestMethod]
    public void Fit_FlatVectorWithoutImageShape_Throws()
        => AssertThrows<ArgumentException>(
            "Column 'Features' of type Vector<Single, 144> does not say how large its images are. Set ImageShape in the options.",
            View([new FlatRow { Label = "a" }, new FlatRow { Label = "b" }]));

    [TestMethod]
    public void Fit_OneClassInKey_Throws()
        => AssertThrows<ArgumentException>(
            "Label column 'Label' must have at least two classes, got 1. Train on data of two or more classes.",
            View(SyntheticImages.Rows(9).Where(row => row.Label == "down")));

    [TestMethod]
    public void Fit_RowsOfOneClassOnly_Throws()
    {
        var data = View(SyntheticImages.Rows(9));
        AssertThrows<ArgumentException>(
            "Label column 'Label' must have rows of at least two classes, got 3 rows all of key 2.",
            _context.Data.FilterRowsByKeyColumnFraction(data, "Label", 0.4, 0.6));
    }

    [TestMethod]
    public void Fit_NoRows_Throws()
        => AssertThrows<ArgumentException>(
            "The training data has no rows.", _context.Data.SkipRows(View(SyntheticImages.Rows(6)), 100));

    [TestMethod]
    public void Fit_NoRowsToMakeAKeyOf_SaysThatThereAreNone()
        => AssertThrows<ArgumentException>("The training data has no rows.", View(SyntheticImages.Rows(6).Take(0)));

    [TestMethod]
    public void Fit_ClassWithoutRows_WarnsOnce()
    {
        var warnings = new List<string>();
        _context.Log += (_, entry) => warnings.AddRange(entry.Kind == ChannelMessageKind.Warning ? [entry.RawMessage] : []);
        var rows = SyntheticImages.Rows(9);
        var mapping = _context.Transforms.Conversion.MapValueToKey("Label").Fit(_context.Data.LoadFromEnumerable(rows));

        Trainers.Create(_context, Options).Fit(mapping.Transform(_context.Data.LoadFromEnumerable(rows.Where(row => row.Label != "down"))));

        CollectionAssert.AreEqual(
            (string[])
            [
                "No row of the training data is of class down, which the label's key counts among its classes: the model cannot learn to "
                    + "answer so. Give rows of all classes, or fit MapValueToKey on the training data alone.",
            ],
            warnings.Where(line => line.StartsWith("No row", StringComparison.Ordinal)).ToArray());
    }

    [TestMethod]
    public void Fit_AllLabelsMissing_Throws()
    {
        var mapping = _context.Transforms.Conversion.MapValueToKey("Label").Fit(_context.Data.LoadFromEnumerable(SyntheticImages.Rows(6)));
        var rows = SyntheticImages.Rows(4);
        Array.ForEach(rows, row => row.Label = "unknown");
        AssertThrows<ArgumentException>(
            "The training data has no rows to train on: the label is missing in all 4 of them.",
            mapping.Transform(_context.Data.LoadFromEnumerable(rows)));
    }

    [TestMethod]
    public void Fit_ImagesOfDifferingSize_NamesTheRow()
        => AssertThrows<FormatException>(
            "Row 1 of column 'Features': expected 144 values for images of 1×12×12, got 100. Remove or repair this row (rows are numbered "
                + "from 0 as they are read).",
            View([Any("a", 144), Any("b", 100)]),
            Options with { ImageShape = new ImageShape(1, 12, 12) });

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Fit_PixelNotFinite_NamesTheRow(float pixel)
    {
        var rows = SyntheticImages.Rows(70);
        rows[65].Features[7] = pixel;
        AssertThrows<FormatException>(
            "Row 65 of column 'Features': a pixel is NaN or infinite. Remove or repair this row (rows are numbered from 0 as they are "
                + "read).",
            View(rows));
    }

    [TestMethod]
    public void Fit_FileOfTooManyPixels_NamesTheRowBeforeItIsDecoded()
    {
        var bomb = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Cases", "bomb.png"));
        var good = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Cases", "plain_up.jpg"));
        var rows = Enumerable.Range(0, 6).Select(i => new EncodedRow { Label = i % 2 == 0 ? "a" : "b", Features = i == 4 ? bomb : good });
        AssertThrows<FormatException>(
            "Row 4 of column 'Features': the image has 30000 × 30000 = 900000000 pixels and the limit is 128000000 "
            + "(ResourceLimits.MaximumImagePixels). Remove or repair this row (rows are numbered from 0 as they are read).",
            View(rows), Options with { ImageShape = new ImageShape(3, 32, 32) });
    }

    [TestMethod]
    public void Fit_BytesThatAreNoImage_NamesTheFirstBadRow()
    {
        var rows = Enumerable.Range(0, 3).Select(i => new EncodedRow { Label = i % 2 == 0 ? "a" : "b", Features = [1, 2, 3] });
        AssertThrows<FormatException>(
            "Row 0 of column 'Features': 3 bytes are not an image that can be decoded (PNG, JPEG, BMP, GIF or WebP). Remove or repair this "
                + "row (rows are numbered from 0 as they are read).",
            View(rows),
            Options with { ImageShape = new ImageShape(1, 12, 12) });
    }

    [TestMethod]
    public void Fit_ValidationSetOfOtherClasses_Throws()
        => AssertThrows<ArgumentException>(
            "Label column 'Label' of the validation set must have classes of the training data (across, down, slanted), got ACROSS, DOWN, "
            + "SLANTED. Map both with the same MapValueToKey transformer.",
            View(SyntheticImages.Rows(9)),
            Options with { ValidationSet = View(Renamed(SyntheticImages.Rows(9), name => name.ToUpperInvariant())) });

    [TestMethod]
    public void Fit_ValidationSetOfAThousandOtherClasses_ShortensTheList()
        => AssertThrows<ArgumentException>(
            "Label column 'Label' of the validation set must have classes of the training data (across, down, slanted), got 1000 classes, "
            + "from the 1. on c0, c1, c2, …. Map both with the same MapValueToKey transformer.",
            View(SyntheticImages.Rows(9)),
            Options with
            {
                ValidationSet = View(SyntheticImages.Rows(1000)
                    .Select((row, i) => new SyntheticImages.Row { Label = $"c{i}", Features = row.Features })),
            });

    [TestMethod]
    public void Fit_ValidationRowsWithoutATrainedClass_Throws()
    {
        var keys = _context.Transforms.Conversion.MapValueToKey("Label").Fit(_context.Data.LoadFromEnumerable(SyntheticImages.Rows(9)));
        AssertThrows<ArgumentException>(
            "The validation set has no rows to judge by: in its 4 rows the label is missing or not among the classes of the training "
            + "data. Give it rows with labels, or leave it out.",
            View(SyntheticImages.Rows(9)),
            Options with
            {
                ValidationSet = keys.Transform(_context.Data.LoadFromEnumerable(Renamed(SyntheticImages.Rows(4), _ => "other"))),
            });
    }

    [TestMethod]
    public void Fit_EarlyStoppingWithoutTwoRowsOfAClass_Throws()
        => AssertThrows<ArgumentException>(
            "EarlyStopping needs validation images, and none can be held out: no class has two rows, and each keeps one to learn from. Set "
            + "ValidationSet, raise ValidationFraction, or leave EarlyStopping out.",
            View(SyntheticImages.Rows(3)),
            Options with { EarlyStopping = new EarlyStopping(), ValidationFraction = 0.5f });

    [TestMethod]
    public void Fit_EarlyStoppingWithATinyFraction_Throws()
        => AssertThrows<ArgumentException>(
            "EarlyStopping needs validation images, and none can be held out: ValidationFraction 0.001 of 30 rows is less than one image. "
            + "Set ValidationSet, raise ValidationFraction, or leave EarlyStopping out.",
            View(SyntheticImages.Rows(30)),
            Options with { EarlyStopping = new EarlyStopping(), ValidationFraction = 0.001f });

    [TestMethod]
    public void Fit_EmptyValidationSet_Throws()
        => AssertThrows<ArgumentException>(
            "The validation set has no rows. Give it rows with labels, or leave it out.",
            View(SyntheticImages.Rows(9)),
            Options with { ValidationSet = _context.Data.SkipRows(View(SyntheticImages.Rows(9)), 100) });

    [TestMethod]
    public void Fit_CudaWithoutCudaAndNoFallback_Throws()
    {
        _context.FallbackToCpu = false;
        AssertThrows<InvalidOperationException>(
            "Device cuda:3 is not available: libtorch sees no CUDA device. Add TorchSharp-cuda-linux or TorchSharp-cuda-windows and an "
            + "NVIDIA driver, choose another device, or set FallbackToCpu.",
            View(SyntheticImages.Rows(9)),
            Options with { Device = "cuda:3" });
    }

    [TestMethod]
    public void Fit_GpuChosenInTheContextAfterTheTrainerWasMade_IsAskedFor()
    {
        var trainer = Trainers.Create(_context, Options);
        _context.GpuDeviceId = 7;
        _context.FallbackToCpu = false;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(View(SyntheticImages.Rows(9))));
        StringAssert.StartsWith(error.Message, "Device cuda:7 is not available");
    }

    [TestMethod]
    public void Fit_CudaWithoutCudaWithFallback_TrainsOnTheCpu()
    {
        _context.FallbackToCpu = true;
        using var model = Trainers.Create(_context, Options with { Device = "cuda" }).Fit(View(SyntheticImages.Rows(12)));
        Assert.HasCount(3, model.ClassNames);
    }

    private static IEnumerable<SyntheticImages.Row> Renamed(IEnumerable<SyntheticImages.Row> rows, Func<string, string> name)
        => rows.Select(row => new SyntheticImages.Row { Label = name(row.Label), Features = row.Features });

    private static VariableRow Any(string label, int length) => new() { Label = label, Features = new float[length] };

    private IDataView View<T>(IEnumerable<T> rows)
        where T : class
    {
        var data = _context.Data.LoadFromEnumerable(rows);
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private void AssertThrows<T>(string message, IDataView data, GatedResNetTrainerOptions? options = null)
        where T : Exception
        => Assert.AreEqual(message, Assert.ThrowsExactly<T>(() => Trainers.Create(_context, options ?? Options).Fit(data)).Message);

    private sealed class TextRow
    {
        public string Label { get; set; } = "";

        public string Text { get; set; } = "";
    }

    private sealed class FlatRow
    {
        public string Label { get; set; } = "";

        [VectorType(144)]
        public float[] Features { get; set; } = new float[144];
    }

    private sealed class VariableRow
    {
        public string Label { get; set; } = "";

        public float[] Features { get; set; } = [];
    }

    private sealed class EncodedRow
    {
        public string Label { get; set; } = "";

        public byte[] Features { get; set; } = [];
    }
}
