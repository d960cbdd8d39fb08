using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>The images that a graph asks for.</summary>
/// <param name="Name">Name of the value.</param>
/// <param name="Batch">Number of images; 0 where the file leaves it open.</param>
/// <param name="Channels">Channels; 0 where the file leaves them open.</param>
/// <param name="Height">Height; 0 where the file leaves it open.</param>
/// <param name="Width">Width; 0 where the file leaves it open.</param>
internal sealed record OnnxInput(string Name, int Batch, int Channels, int Height, int Width)
{
    /// <exception cref="FormatException">There is not one input of images; the message is the rest of a sentence on the file.</exception>
    public static OnnxInput Of(OnnxNodes nodes)
    {
        if (nodes.Inputs is not [var input])
        {
            throw new FormatException($"it has {nodes.Inputs.Count} inputs, and one of images is expected");
        }

        if (input.Type?.TensorType is { } type && !OnnxNoOps.IsReal(type.ElemType))
        {
            throw new FormatException(
                $"its input '{QuotedText.Short(input.Name)}' is of numbers of type {type.ElemType}; float, float16 or double is expected");
        }

        var dimensions = input.Type?.TensorType?.Shape?.Dim;
        return dimensions is null or { Count: 0 } ? new OnnxInput(input.Name, 0, 0, 0, 0)
            : dimensions.Count == 4
                ? new OnnxInput(input.Name, Side(dimensions[0]), Side(dimensions[1]), Side(dimensions[2]), Side(dimensions[3]))
            : throw new FormatException(
                $"its input '{QuotedText.Short(input.Name)}' has {dimensions.Count} dimensions; "
                    + "images have four: number, channels, height, width");
    }

    /// <summary>Holds the first convolution to the channels that the file names.</summary>
    /// <exception cref="FormatException">It reads another number of them; the message names it.</exception>
    public void CheckChannels(OnnxConvolution stem)
    {
        if (Channels > 0 && Channels != stem.Shape[1])
        {
            throw OnnxNodes.Refuse(
                stem.Node, $"reads {stem.Shape[1]} channels, and the input '{QuotedText.Short(Name)}' has {Channels}");
        }
    }

    /// <summary>The images' size, where the file leaves it open what the stem is usual for.</summary>
    /// <exception cref="FormatException">Images cannot be so large; the message is the rest of a sentence on the file.</exception>
    public ImageShape Shape(int channels, ResNetStyle style)
    {
        var usual = style == ResNetStyle.Cifar ? 32 : 224;
        try
        {
            return new ImageShape(channels, Height == 0 ? usual : Height, Width == 0 ? usual : Width);
        }
        catch (ArgumentException error)
        {
            throw new FormatException(
                $"its input '{QuotedText.Short(Name)}' is of no size that images can have "
                    + $"({char.ToLowerInvariant(error.Message[0])}{error.Message[1..].TrimEnd('.')})");
        }
    }

    private static int Side(TensorShapeProto.Types.Dimension dimension)
        => dimension.DimValue is >= 0 and <= int.MaxValue ? (int)dimension.DimValue : 0;
}
