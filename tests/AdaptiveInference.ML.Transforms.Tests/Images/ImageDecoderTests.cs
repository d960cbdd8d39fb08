using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML.Data;
using SkiaSharp;

namespace AdaptiveInference.ML.Transforms.Tests.Images;

[TestClass]
public sealed class ImageDecoderTests
{
    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png, SKColorType.Rgba8888)]
    [DataRow(SKEncodedImageFormat.Png, SKColorType.Gray8)]
    [DataRow(SKEncodedImageFormat.Png, SKColorType.RgbaF16)]
    [DataRow(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888)]
    [DataRow(SKEncodedImageFormat.Jpeg, SKColorType.Gray8)]
    [DataRow(SKEncodedImageFormat.Webp, SKColorType.Rgba8888)]
    public void TryDecode_WholeImage_IsWhatMLImageReads(SKEncodedImageFormat format, SKColorType colours)
    {
        var file = Encode(format, colours);
        using var expected = MLImage.CreateFromStream(new MemoryStream(file));

        Assert.IsTrue(ImageDecoder.TryDecode(file, out var image));

        using (image)
        {
            Assert.AreEqual((expected.Width, expected.Height, expected.PixelFormat), (image.Width, image.Height, image.PixelFormat));
            CollectionAssert.AreEqual(expected.Pixels.ToArray(), image.Pixels.ToArray());
        }
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png)]
    [DataRow(SKEncodedImageFormat.Jpeg)]
    [DataRow(SKEncodedImageFormat.Webp)]
    public void TryDecode_ImageThatBreaksOff_IsNone(SKEncodedImageFormat format)
    {
        var file = Encode(format, SKColorType.Rgba8888);

        foreach (var kept in (double[])[0.1, 0.5, 0.9])
        {
            Assert.IsFalse(ImageDecoder.TryDecode(file.AsSpan(0, (int)(kept * file.Length)), out _), $"{kept} of the file");
        }
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
}
