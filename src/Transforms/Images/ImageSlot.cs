using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>
/// Holds one row's undecoded image, so that rows can be read one after another and decoded side by side. Reused row after row: getters
/// of ML.NET fill the buffers that they are given.
/// </summary>
internal sealed class ImageSlot
{
    public VBuffer<float> Values;
    public VBuffer<byte> Bytes;
    public MLImage? Image;
}
