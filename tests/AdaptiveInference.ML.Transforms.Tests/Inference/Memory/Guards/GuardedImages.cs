using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using Microsoft.ML.Data;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>Rows of images of many sizes, each in memory of its own.</summary>
[TestClass]
public sealed unsafe class GuardedImages
{
    [TestMethod]
    public void Resample_RandomSizes_ReadsRowsAndNoFurther()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            int height = random.Next(1, 40), width = random.Next(1, 300), newHeight = random.Next(1, 50), newWidth = random.Next(1, 50);
            var resampler = new ImageResampler(height, width, newHeight, newWidth, Window(random, height), Window(random, width));
            for (var y = 0; y < height; y++)
            {
                // Four bytes a pixel, as many as a float has.
                var row = new AlignedBuffer(width);
                new Span<uint>(row.Pointer, width).Fill(0xFFFF_FFFF);
                resampler.Add((byte*)row.Pointer);
                GC.KeepAlive(row);
            }

            Assert.IsTrue(resampler.Result.All(value => Math.Abs(value - 255) < 0.01f), $"{height}×{width} → {newHeight}×{newWidth}");
        }
    }

    // All of an axis, or a part; an axis that was reduced ends within its last position.
    private static AxisWindow? Window(Random random, int size)
    {
        var start = random.Next(2) * random.NextDouble() * size;
        var end = size - (random.Next(2) * random.NextDouble() * Math.Min(1, (size - start) / 2));
        return random.Next(3) == 0 ? null : new AxisWindow(start, (end - start) * (1 - (random.Next(2) * random.NextDouble())));
    }

    [TestMethod]
    public void ReadMLImage_NobodyElseKeepsTheImage_ItStaysWhileItIsRead()
    {
        // Native memory goes with its owner, and for optimised code an owner is gone once nothing is asked of it any more.
        var pixels = new float[3 * 8 * 8];
        for (var round = 0; round < 200; round++)
        {
            MLImagePixels.Read(White(1000), ResizingKind.Fill, new ImageShape(3, 8, 8), pixels);
            Assert.IsTrue(pixels.All(value => Math.Abs(value - 255) < 0.01f));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MLImage White(int side)
    {
        var bytes = new byte[side * side * 4];
        bytes.AsSpan().Fill(255);
        return MLImage.CreateFromPixels(side, side, MLPixelFormat.Rgba32, bytes);
    }
}
