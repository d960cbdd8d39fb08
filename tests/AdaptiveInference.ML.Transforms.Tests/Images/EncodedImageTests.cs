using System.Buffers.Binary;
using System.IO.Compression;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML.Data;
using SkiaSharp;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

[TestClass]
public sealed class EncodedImageTests
{
    private static readonly ImageShape Shape = new(3, 32, 32);

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png, SKColorType.Rgba8888)]
    [DataRow(SKEncodedImageFormat.Png, SKColorType.Gray8)]
    [DataRow(SKEncodedImageFormat.Png, SKColorType.RgbaF16)]
    [DataRow(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888)]
    [DataRow(SKEncodedImageFormat.Jpeg, SKColorType.Gray8)]
    [DataRow(SKEncodedImageFormat.Webp, SKColorType.Rgba8888)]
    public void Read_WholeImage_IsWhatMLImageReads(SKEncodedImageFormat format, SKColorType colours)
    {
        var file = Encode(format, colours);
        var shape = new ImageShape(3, 40, 60);
        var (expected, read) = (new float[shape.Size], new float[shape.Size]);
        using var image = MLImage.CreateFromStream(new MemoryStream(file));
        MLImagePixels.Read(image, ResizingKind.Fill, shape, expected);

        Assert.IsNull(EncodedImage.Read(file, ResizingKind.Fill, shape, read));

        CollectionAssert.AreEqual(expected, read);
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Jpeg)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public void Read_ImageThatBreaksOff_IsRefused(SKEncodedImageFormat format)
    {
        var file = Encode(format, SKColorType.Rgba8888);

        foreach (var kept in (double[])[0.1, 0.5, 0.9])
        {
            var part = file.AsSpan(0, (int)(kept * file.Length));
            Assert.IsNotNull(Problem(part), $"{kept} of the file");
            Assert.IsNotNull(Problem([.. part, .. new byte[file.Length - part.Length]]), $"{kept} of the file, the rest zeros");
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Read_JpegThatWasCutAndGivenAnEnd_IsRefused(bool zeros)
    {
        var file = Encode(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888);

        foreach (var kept in (double[])[0.5, 0.75, 0.9])
        {
            var part = file.AsSpan(0, (int)(kept * file.Length));
            byte[] cut = [.. part, .. zeros ? new byte[file.Length - part.Length - 2] : [], .. JpegScans.EndOfImage];
            Assert.AreEqual("the picture breaks off: the file is damaged or incomplete", Problem(cut), $"{kept} of the file");
        }
    }

    [TestMethod]
    public void Read_JpegWithoutItsEndMark_IsTheSamePicture()
    {
        var file = Encode(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888);
        var expected = Read(file);

        CollectionAssert.AreEqual(expected, Read(file[..^2]));
        CollectionAssert.AreEqual(expected, Read(file[..^1]));
    }

    [TestMethod]
    [DataRow("progressive.jpg")]
    [DataRow("gray_progressive.jpg")]
    [DataRow("restarts.jpg")]
    public void Read_JpegOfSeveralScansOrRestarts_IsWholeOrRefused(string name)
    {
        var file = Case(name);
        var expected = Read(file);

        Assert.AreEqual(JpegState.Whole, JpegScans.Check(file));
        CollectionAssert.AreEqual(expected, Read(file[..^2]), "without its end mark");
        for (var kept = JpegScans.StartOfData(file).Position + 1; kept < file.Length - 4; kept += 7)
        {
            // A cut in the header of a later scan leaves a whole, coarser picture.
            var state = JpegScans.Check([.. file[..kept], .. JpegScans.EndOfImage]);
            Assert.AreEqual(state == JpegState.Whole, Problem([.. file[..kept], .. JpegScans.EndOfImage]) is null, $"{kept} bytes");
            Assert.AreEqual(
                JpegState.BreaksOff, JpegScans.Check([.. file[..kept], .. new byte[4000], .. JpegScans.EndOfImage]), $"{kept} bytes");
        }

        var half = file.Length / 2;
        Assert.AreEqual("the picture breaks off: the file is damaged or incomplete", Problem([.. file[..half], .. JpegScans.EndOfImage]));
    }

    [TestMethod]
    public void Read_JpegOfHundredsOfScans_IsRefusedBeforeItIsDecoded()
    {
        // The first scan, of the blocks' means, again and again; the tables of the next one follow it.
        var file = Case("gray_progressive.jpg");
        var first = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        var next = first + file.AsSpan(first).IndexOf([(byte)0xFF, (byte)0xC4]);
        byte[] many = [.. file[..first], .. Enumerable.Repeat(file[first..next], 100).SelectMany(scan => scan), .. file[next..]];

        Assert.AreEqual("the JPEG file has more than 64 scans, which no picture needs", Problem(many));
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Jpeg)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public void Read_FlatPictureAndDataBehindTheEnd_AreAccepted(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(1200, 900));
        bitmap.Erase(SKColors.White);
        using var data = bitmap.Encode(format, 90);
        var file = data.ToArray();

        Assert.IsNull(Problem(file));
        Assert.IsNull(Problem([.. file, .. new byte[500]]));
    }

    [TestMethod]
    [DataRow(10)]
    [DataRow(50)]
    [DataRow(90)]
    public void Read_WebpThatIsWhiteBelow_IsAcceptedAlthoughItsDataEndInZeros(int quality)
    {
        // The coder of a lossy WebP spends next to nothing on white, and that in zeros.
        using var bitmap = new SKBitmap(new SKImageInfo(1600, 1600));
        bitmap.Erase(SKColors.White);
        var random = new Random(1);
        for (var y = 0; y < 200; y++)
        {
            for (var x = 0; x < 1600; x++)
            {
                var gray = (byte)random.Next(256);
                bitmap.SetPixel(x, y, new SKColor(gray, gray, gray));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Webp, quality);
        var file = data.ToArray();

        Assert.IsNull(Problem(file));
        file.AsSpan(file.Length / 2).Clear();
        Assert.IsNotNull(Problem(file));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public void Read_EveryOrientation_IsUpright(int orientation)
    {
        // Four quarters of different colours, stored as the orientation says.
        var upright = OrientedPictures.Quarters(60, 40);
        using var bitmap = OrientedPictures.Quarters(60, 40, orientation);
        var shape = new ImageShape(3, 20, 30);
        var expected = new float[shape.Size];
        MLImagePixels.Read(MLImage.CreateFromPixels(60, 40, MLPixelFormat.Bgra32, upright.Bytes), ResizingKind.Fill, shape, expected);
        foreach (var format in (SKEncodedImageFormat[])[SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png, SKEncodedImageFormat.Webp])
        {
            using var data = bitmap.Encode(format, 100);
            var file = ExifFiles.With(data.ToArray(), format, orientation);

            Assert.AreEqual((40, 60), EncodedImage.Measure(file), $"{format}");
            var read = new float[shape.Size];
            Assert.IsNull(EncodedImage.Read(file, ResizingKind.Fill, shape, read), $"{format}");
            for (var i = 0; i < read.Length; i++)
            {
                Assert.AreEqual(expected[i], read[i], 60, $"{format}, value {i}");
            }
        }

        upright.Dispose();
    }

    [TestMethod]
    public void Read_TransparentPixels_StandOnWhite()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(32, 32, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.Erase(new SKColor(255, 0, 0, 51));
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);

        var pixels = Read(data.ToArray());

        // A fifth red over white: 0.2 · (255, 0, 0) + 0.8 · 255.
        Assert.AreEqual((255f, 204f, 204f), (pixels[0], pixels[1024], pixels[2048]));
    }

    [TestMethod]
    public void Read_MoreBytesThanTheNetworkNeeds_IsCloseToTheExactResize()
    {
        // Decoded at a quarter of its size; the exact way decodes all of it.
        using var bitmap = new SKBitmap(new SKImageInfo(640, 480));
        for (var y = 0; y < 480; y++)
        {
            for (var x = 0; x < 640; x++)
            {
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 255 / 640), (byte)(y * 255 / 480), (byte)(128 + (100 * Math.Sin(x / 30.0)))));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        var exact = new float[Shape.Size];
        using var image = MLImage.CreateFromStream(new MemoryStream(data.ToArray()));
        MLImagePixels.Read(image, ResizingKind.Fill, Shape, exact);

        var read = Read(data.ToArray());

        for (var i = 0; i < read.Length; i++)
        {
            Assert.AreEqual(exact[i], read[i], 4, $"value {i}");
        }
    }

    [TestMethod]
    [DataRow(512, 512)]
    [DataRow(513, 521)]
    [DataRow(519, 1001)]
    public void Read_ReducedJpegOfAnySide_IsNotStretched(int width, int height)
    {
        // Bars of 16 target pixels' width: an edge that moves by a tenth of a target pixel changes its gray by 20.
        using var bitmap = new SKBitmap(new SKImageInfo(width, height));
        bitmap.Erase(SKColors.Black);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                if ((x * 8 / width) % 2 != (y * 8 / height) % 2)
                {
                    bitmap.SetPixel(x, y, SKColors.White);
                }
            }
        }

        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        using var image = MLImage.CreateFromStream(new MemoryStream(jpeg.ToArray()));
        var exact = new float[Shape.Size];
        MLImagePixels.Read(image, ResizingKind.Fill, Shape, exact);

        var read = Read(jpeg.ToArray());

        for (var i = 0; i < read.Length; i++)
        {
            Assert.AreEqual(exact[i], read[i], 12, $"value {i}");
        }
    }

    [TestMethod]
    public void Read_ThinImage_IsReadInMemoryOfItsResult()
    {
        // A million pixels in one row or one column, 2 kB as a file.
        foreach (var (width, height) in ((int, int)[])[(1, 1_000_000), (1_000_000, 1)])
        {
            var file = GrayPng(width, height);
            var shape = new ImageShape(3, 224, 224);
            var pixels = new float[shape.Size];
            var before = GC.GetAllocatedBytesForCurrentThread();

            Assert.IsNull(EncodedImage.Read(file, ResizingKind.Fill, shape, pixels));

            Assert.IsLessThan(64L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.IsTrue(pixels.All(pixel => pixel == 0));
        }
    }

    [TestMethod]
    public void Read_MorePixelsThanTheLimit_IsRefusedByItsHeader()
        => Assert.AreEqual(
            "the image has 30000 × 30000 = 900000000 pixels and the limit is 128000000 (ResourceLimits.MaximumImagePixels)",
            Problem(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Cases", "bomb.png"))));

    [TestMethod]
    [DataRow("exif2_up.jpg")]
    [DataRow("exif3_up.jpg")]
    [DataRow("exif8_up.jpg")]
    [DataRow("exif6_up.png")]
    [DataRow("cmyk_up.jpg")]
    [DataRow("palette_transp_up.png")]
    public void Read_CaseThatIsUp_HasTheColoursOfTheReference(string name)
    {
        var (expected, read) = (Read(Case("plain_up.jpg")), Read(Case(name)));

        // Orange above, blue below.
        foreach (var place in (int[])[(8 * 32) + 16, (24 * 32) + 16])
        {
            for (var channel = 0; channel < 3; channel++)
            {
                Assert.AreEqual(expected[(channel * 1024) + place], read[(channel * 1024) + place], 45, $"channel {channel} at {place}");
            }
        }
    }

    [TestMethod]
    public void Read_CaseWithAlphaZero_IsWhite() => Assert.IsTrue(Read(Case("rgba_alpha0_up.png")).All(pixel => pixel == 255));

    [TestMethod]
    public void Read_CaseThatLacksItsEnd_IsAccepted() => Assert.IsNull(Problem(Case("trunc_noEOI.jpg")));

    [TestMethod]
    public void Read_CaseThatIsHalfZeros_IsRefused()
        => Assert.AreEqual("the picture breaks off: the file is damaged or incomplete", Problem(Case("half_zeros.jpg")));

    [TestMethod]
    public void Read_GifWhoseEndIsZeros_IsRefused()
    {
        // A GIF of 64×64 noise, written by hand: clear, one literal code per pixel, clear before the codes grow.
        var file = NoiseGif(64);

        Assert.IsNull(Problem(file));
        file.AsSpan(file.Length / 2).Clear();
        Assert.AreEqual("the picture breaks off: the file is damaged or incomplete", Problem(file));
    }

    [TestMethod]
    public void Read_RandomChanges_NeverThrow()
    {
        var random = new Random(1);
        foreach (var format in (SKEncodedImageFormat[])[SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp])
        {
            var file = Encode(format, SKColorType.Rgba8888);
            for (var i = 0; i < 300; i++)
            {
                var changed = (byte[])file.Clone();
                for (var change = random.Next(1, 6); change > 0; change--)
                {
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                }

                Problem(changed.AsSpan(0, random.Next(4) == 0 ? random.Next(changed.Length) : changed.Length));
                JpegScans.Check(changed);
                GifFrame.IsWhole(changed);
                PngOrientation.Of(changed);
            }
        }
    }

    private static byte[] Case(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Cases", name));

    private static string? Problem(ReadOnlySpan<byte> file) => EncodedImage.Read(file, ResizingKind.Fill, Shape, new float[Shape.Size]);

    private static float[] Read(byte[] file)
    {
        var pixels = new float[Shape.Size];
        Assert.IsNull(EncodedImage.Read(file, ResizingKind.Fill, Shape, pixels));
        return pixels;
    }

    private static byte[] Encode(SKEncodedImageFormat format, SKColorType colours)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(60, 40, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var random = new Random(1);
        for (var y = 0; y < bitmap.Height; y++)
        {
            for (var x = 0; x < bitmap.Width; x++)
            {
                bitmap.SetPixel(x, y, new SKColor((byte)(4 * x), (byte)(6 * y), (byte)random.Next(256), (byte)(255 - y)));
            }
        }

        using var converted = bitmap.Copy(colours);
        using var data = converted.Encode(format, 90);
        return data.ToArray();
    }

    private static byte[] GrayPng(int width, int height)
    {
        using var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n\x1a\n"u8]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        Chunk("IHDR"u8, header);
        using (var packed = new MemoryStream())
        {
            using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            {
                var row = new byte[width + 1];
                for (var y = 0; y < height; y++)
                {
                    zlib.Write(row);
                }
            }

            Chunk("IDAT"u8, packed.ToArray());
        }

        Chunk("IEND"u8, []);
        return file.ToArray();

        void Chunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
        {
            file.Write(ExifFiles.PngChunk(name, content));
        }
    }

    private static byte[] NoiseGif(int side)
    {
        var palette = Enumerable.Range(0, 256).SelectMany(i => (byte[])[(byte)i, (byte)(255 - i), (byte)(i * 7)]).ToArray();
        var bits = new List<bool>();
        var random = new Random(1);
        for (var pixel = 0; pixel < side * side; pixel++)
        {
            if (pixel % 200 == 0)
            {
                Add(256);
            }

            Add(random.Next(256));
        }

        Add(257);
        var codes = new byte[(bits.Count + 7) / 8];
        for (var i = 0; i < bits.Count; i++)
        {
            codes[i / 8] |= (byte)((bits[i] ? 1 : 0) << (i % 8));
        }

        byte[] head =
        [
            .. "GIF89a"u8, (byte)side, 0, (byte)side, 0, 0xF7, 0, 0,
            .. palette, 0x2C, 0, 0, 0, 0, (byte)side, 0, (byte)side, 0, 0, 8,
        ];
        return [.. head, .. codes.Chunk(255).SelectMany(block => (byte[])[(byte)block.Length, .. block]), 0, 0x3B];

        void Add(int code)
        {
            for (var bit = 0; bit < 9; bit++)
            {
                bits.Add(((code >> bit) & 1) != 0);
            }
        }
    }
}
