using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Memory;

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
            var extent = random.Next(2) == 0 ? (double?)null : width - random.NextDouble();
            var resampler = new ImageResampler(height, width, newHeight, newWidth, null, extent);
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
}
