using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// Which version of the format and of its operators a file is of. Operators change what they compute from one operator set to another, so
/// a set that is not known here is not guessed at.
/// </summary>
internal static class OnnxVersion
{
    private const long OldestFormat = 3;
    private const long NewestFormat = 13;

    // Before it, operators broadcast by attributes of their own and batch-norms trained unless told otherwise.
    private const long OldestOperators = 7;
    private const long NewestOperators = 25;

    /// <summary>The file's operator set.</summary>
    /// <exception cref="FormatException">It is none that is known; the message is the rest of a sentence on the file.</exception>
    public static long OperatorSet(ModelProto model)
    {
        if (model.IrVersion is < OldestFormat or > NewestFormat)
        {
            throw new FormatException(
                $"it is of version {model.IrVersion} of the format (ir_version), and {OldestFormat} to {NewestFormat} can be read");
        }

        if (model.Functions.FirstOrDefault(function => IsOnnx(function.Domain)) is { } function)
        {
            throw new FormatException(
                $"it has a function of its own in place of ONNX's operator '{QuotedText.Short(function.Name)}', which is not supported");
        }

        long[] versions = [.. model.OpsetImport.Where(set => IsOnnx(set.Domain)).Select(set => set.Version).Distinct().Take(2)];
        return versions switch
        {
            [>= OldestOperators and <= NewestOperators and var version] => version,
            [] => throw new FormatException("it does not say of which operator set (opset_import) its operators are"),
            [var version] => throw new FormatException(
                $"its operators are of operator set {version}, and {OldestOperators} to {NewestOperators} can be read: "
                    + "export it again with an opset_version between them"),
            _ => throw new FormatException($"it names two operator sets, {versions[0]} and {versions[1]}"),
        };
    }

    /// <summary>Whether a domain is that of ONNX's own operators.</summary>
    public static bool IsOnnx(string domain) => domain is "" or "ai.onnx";
}
