using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>What a convolution of integers reads.</summary>
/// <param name="Map">Bytes, or of an image 16-bit values.</param>
/// <param name="From">What they stand for.</param>
/// <param name="Image">Of an image: the values of each stand for something else, in place of <paramref name="From"/>.</param>
internal sealed record EightBitInput(ByteMap Map, ByteScale From, ImageMeaning? Image = null);

/// <summary>Places of what follows from an image's range of values, by output of the stem.</summary>
/// <param name="Start">Floats from the arena's origin to what sums begin with, integers.</param>
/// <param name="Scale">Floats from the arena's origin to what sums are multiplied with.</param>
internal sealed record ImageMeaning(long Start, long Scale);
