using AdaptiveInference.ML.Transforms.Files;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using Google.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>Reads a file as ONNX, with bounds on what it can ask for.</summary>
internal static class OnnxFile
{
    // Each weight in double precision, and a graph beside them.
    private const long GraphBytes = 64 << 20;

    /// <summary>Reads the model.</summary>
    /// <exception cref="FormatException">It is no ONNX model, damaged, or larger than <see cref="ResourceLimits"/> allow.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ModelProto Read(string path)
    {
        if (SpecialFile.Describe(path) is { } kind)
        {
            throw new FormatException($"'{path}' is {kind}, not an ONNX file.");
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        var most = Math.Min(int.MaxValue, (ResourceLimits.MaximumNetworkWeights * sizeof(double)) + GraphBytes);
        if (stream.Length == 0 || stream.Length > most)
        {
            throw new FormatException(
                stream.Length == 0
                    ? $"'{path}' is empty. Copy or download it again."
                    : FormattableString.Invariant(
                        $"'{path}' has {stream.Length} bytes, and ResourceLimits.MaximumNetworkWeights allows {most}."));
        }

        try
        {
            OnnxWire.Check(stream);
            stream.Position = 0;
            using var input = CodedInputStream.CreateWithLimits(stream, int.MaxValue, recursionLimit: 32);
            var model = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(input);
            return model.Graph is { Node.Count: > 0 } ? model : throw new FormatException("it has no graph");
        }
        catch (OnnxNestingException error)
        {
            throw new FormatException($"'{path}' holds no residual network that can be imported: {error.Message}.", error);
        }
        catch (Exception error) when (error is FormatException or InvalidProtocolBufferException)
        {
            var reason = error is FormatException ? error.Message : "it is not made of ONNX's messages";
            throw new FormatException($"'{path}' is not a complete ONNX model: {reason}.", error);
        }
    }
}
