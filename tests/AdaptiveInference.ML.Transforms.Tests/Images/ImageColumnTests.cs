using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

[TestClass]
public sealed class ImageColumnTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Of_PlanarDimensions_InfersTheShape()
        => Assert.AreEqual(new ImageShape(3, 8, 5), ImageColumn.Of(VectorSchema(3, 8, 5), "Features", null).Shape);

    [TestMethod]
    public void Of_InterleavedDimensions_InfersTheShape()
        => Assert.AreEqual(new ImageShape(3, 8, 5), ImageColumn.Of(VectorSchema(8, 5, 3), "Features", null).Shape);

    [TestMethod]
    public void Of_GivenShape_DecidesTheLayout()
        => Assert.AreEqual(new ImageShape(4, 3, 5), ImageColumn.Of(VectorSchema(3, 5, 4), "Features", new ImageShape(4, 3, 5)).Shape);

    [TestMethod]
    public void Of_FlatVectorWithoutShape_SaysWhatToSet()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => ImageColumn.Of(VectorSchema(784), "Features", null));

        Assert.AreEqual(
            "Column 'Features' of type Vector<Single, 784> does not say how large its images are. Set ImageShape in the options.",
            error.Message);
    }

    [TestMethod]
    public void Of_VectorOfWrongSize_SaysWhatFits()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => ImageColumn.Of(VectorSchema(700), "Features", new ImageShape(1, 28, 28)));

        Assert.AreEqual(
            "Schema mismatch for feature column 'Features': expected Vector<Single, 1, 28, 28>, Vector<Single, 28, 28, 1> or a flat vector "
            + "of 784 values, got Vector<Single, 700> (Parameter 'inputSchema')",
            error.Message);
    }

    [TestMethod]
    public void Of_TextColumn_SaysWhatIsAccepted()
    {
        var schema = _context.Data.LoadFromEnumerable([new { Features = "cat.png" }]).Schema;

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageColumn.Of(schema, "Features", new ImageShape(1, 8, 8)));

        Assert.AreEqual(
            "Schema mismatch for feature column 'Features': expected Vector<Single> or Vector<Byte> with dimensions [C,H,W] or [H,W,C] "
            + "(pixels), a flat Vector<Single> with ImageShape given (pixels), MLImage, or variable Vector<Byte> (an image file), got "
            + "String (Parameter 'inputSchema')",
            error.Message);
    }

    [TestMethod]
    public void Of_DecodedImagesWithFourChannels_IsRefused()
    {
        var schema = _context.Data.LoadFromEnumerable([new EncodedRow()]).Schema;

        var error = Assert.ThrowsExactly<ArgumentException>(() => ImageColumn.Of(schema, "Image", new ImageShape(4, 8, 8)));

        Assert.AreEqual("Images are decoded to 1 (gray) or 3 (RGB) channels, got ImageShape 4×8×8. Use 1 or 3 channels.", error.Message);
    }

    [TestMethod]
    public void Decode_EncodedAndMLImageOfTheSamePicture_GiveTheSamePixels()
    {
        var shape = new ImageShape(3, 6, 4);
        using var picture = TestImages.Colours(4, 6);
        var encoded = Decode(_context.Data.LoadFromEnumerable([new EncodedRow { Image = TestImages.Png(picture) }]), shape);
        var image = Decode(_context.Data.LoadFromEnumerable([new ImageRow { Image = picture }]), shape);

        CollectionAssert.AreEqual(image, encoded);
        Assert.AreEqual(TestImages.Red(1, 2), image[(2 * 4) + 1]);
        Assert.AreEqual(TestImages.Green(1, 2), image[24 + (2 * 4) + 1]);
        Assert.AreEqual(TestImages.Blue(1, 2), image[48 + (2 * 4) + 1]);
    }

    [TestMethod]
    public void Decode_ToOneChannel_IsRoundedLuma()
    {
        using var picture = TestImages.Colours(4, 6);

        var gray = Decode(_context.Data.LoadFromEnumerable([new ImageRow { Image = picture }]), new ImageShape(1, 6, 4));

        var expected = MathF.Round((0.299f * TestImages.Red(3, 5)) + (0.587f * TestImages.Green(3, 5)) + (0.114f * TestImages.Blue(3, 5)));
        Assert.AreEqual(expected, gray[(5 * 4) + 3]);
    }

    [TestMethod]
    public void Decode_HalfTheSize_IsCloseToTheAverage()
    {
        using var picture = TestImages.Colours(16, 16);

        var half = Decode(_context.Data.LoadFromEnumerable([new ImageRow { Image = picture }]), new ImageShape(3, 8, 8));

        // The test image is linear in x and y, so away from the border any symmetric filter gives the mean of the four pixels.
        var mean = (TestImages.Red(6, 8) + TestImages.Red(7, 8) + TestImages.Red(6, 9) + TestImages.Red(7, 9)) / 4f;
        Assert.AreEqual(mean, half[(4 * 8) + 3], 1);
    }

    [TestMethod]
    [DataRow(3, 8, 5)]
    [DataRow(8, 5, 3)]
    [DataRow(120)]
    public void Decode_VectorOfBytesOfKnownSize_IsPixels(params int[] dimensions)
    {
        var definition = SchemaDefinition.Create(typeof(EncodedRow));
        definition["Image"].ColumnType = new VectorDataViewType(NumberDataViewType.Byte, dimensions);
        var bytes = Enumerable.Range(0, 120).Select(i => (byte)i).ToArray();
        var data = _context.Data.LoadFromEnumerable([new EncodedRow { Image = bytes }], definition);

        var pixels = Decode(data, new ImageShape(3, 8, 5));

        // Channel 1, row 2, column 3.
        Assert.AreEqual(dimensions[0] == 8 ? (((2 * 5) + 3) * 3) + 1 : 40 + (2 * 5) + 3, pixels[40 + (2 * 5) + 3]);
    }

    [TestMethod]
    public void Decode_FlatVector_IsReadInTheLayoutOfTheModel()
    {
        var row = new VariableRow { Image = [.. Enumerable.Range(0, 120).Select(i => (float)i)] };
        var data = _context.Data.LoadFromEnumerable([row]);
        var shape = new ImageShape(3, 8, 5);

        Assert.AreEqual(40 + 13, Decode(data, shape)[40 + 13]);
        Assert.AreEqual((13 * 3) + 1, Decode(data, shape, layout: PixelLayout.Interleaved)[40 + 13]);
    }

    [TestMethod]
    public void Decode_WithoutRow_SpeaksOfTheColumnAlone()
    {
        var data = _context.Data.LoadFromEnumerable([new EncodedRow { Image = [1, 2, 3] }]);
        var column = ImageColumn.Of(data.Schema, "Image", new ImageShape(3, 6, 4));
        var slot = new ImageSlot { Bytes = new VBuffer<byte>(3, [1, 2, 3]) };

        var error = Assert.ThrowsExactly<FormatException>(() => column.Decode(slot, new float[72], row: null));

        Assert.AreEqual(
            "Column 'Image': 3 bytes are not an image that can be decoded (PNG, JPEG, BMP, GIF or WebP). Repair or replace this image.",
            error.Message);
    }

    [TestMethod]
    public void Decode_BytesThatAreNoImage_NamesTheRow()
    {
        var data = _context.Data.LoadFromEnumerable([new EncodedRow { Image = [1, 2, 3] }]);

        var error = Assert.ThrowsExactly<FormatException>(() => Decode(data, new ImageShape(3, 6, 4)));

        Assert.AreEqual(
            "Row 0 of column 'Image': 3 bytes are not an image that can be decoded (PNG, JPEG, BMP, GIF or WebP). Remove or repair this "
                + "row (rows are numbered from 0 as they are read).",
            error.Message);
    }

    [TestMethod]
    public void Decode_VariableVectorOfAnotherLength_NamesTheRow()
    {
        var data = _context.Data.LoadFromEnumerable([new VariableRow { Image = new float[63] }]);

        var error = Assert.ThrowsExactly<FormatException>(() => Decode(data, new ImageShape(1, 8, 8)));

        Assert.AreEqual(
            "Row 0 of column 'Image': expected 64 values for images of 1×8×8, got 63. Remove or repair this row (rows are numbered from 0 "
                + "as they are read).",
            error.Message);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void Decode_PixelNotFinite_NamesTheRow(float bad)
    {
        var values = new float[64];
        values[40] = bad;
        var data = _context.Data.LoadFromEnumerable([new VariableRow { Image = values }]);

        var error = Assert.ThrowsExactly<FormatException>(() => Decode(data, new ImageShape(1, 8, 8)));

        Assert.AreEqual(
            "Row 0 of column 'Image': a pixel is NaN or infinite. Remove or repair this row (rows are numbered from 0 as they are read).",
            error.Message);
    }

    [TestMethod]
    public void Decode_LoadImagesAndExtractPixels_AgreeWithDirectDecoding()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            using (var picture = TestImages.Colours(7, 9))
            {
                picture.Save(Path.Combine(folder.FullName, "a.png"));
            }

            var data = _context.Data.LoadFromEnumerable([new PathRow { Path = "a.png" }]);
            var images = _context.Transforms.LoadImages("Image", folder.FullName, "Path").Fit(data).Transform(data);
            var pixels = _context.Transforms.ResizeImages("Image", 7, 9).Append(_context.Transforms.ExtractPixels("Pixels", "Image"))
                .Fit(images).Transform(images);
            var raw = _context.Transforms.LoadRawImageBytes("Image", folder.FullName, "Path").Fit(data).Transform(data);
            var shape = new ImageShape(3, 9, 7);

            var expected = Decode(pixels, shape, "Pixels");

            CollectionAssert.AreEqual(expected, Decode(images, shape));
            CollectionAssert.AreEqual(expected, Decode(raw, shape));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static float[] Decode(IDataView data, ImageShape shape, string name = "Image", PixelLayout layout = PixelLayout.Planar)
    {
        var column = ImageColumn.Of(data.Schema, name, shape, layout);
        using var cursor = data.GetRowCursor([column.Column]);
        var capture = column.BindCapture(cursor);
        Assert.IsTrue(cursor.MoveNext());
        var slot = new ImageSlot();
        capture(slot);
        var pixels = new float[shape.Size];
        column.Decode(slot, pixels, cursor.Position);
        return pixels;
    }

    private DataViewSchema VectorSchema(params int[] dimensions)
    {
        var definition = SchemaDefinition.Create(typeof(VectorFeatures));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimensions);
        return _context.Data.LoadFromEnumerable<VectorFeatures>([], definition).Schema;
    }

    private sealed class VectorFeatures
    {
        public float[] Features { get; set; } = [];
    }

    private sealed class VariableRow
    {
        public float[] Image { get; set; } = [];
    }

    private sealed class EncodedRow
    {
        public byte[] Image { get; set; } = [];
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = "";
    }

    private sealed class ImageRow
    {
        [ImageType(6, 4)]
        public MLImage? Image { get; set; }
    }
}
