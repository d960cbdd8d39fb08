using System.Buffers.Binary;
using System.Text;
using AdaptiveInference.ML.Transforms.Files;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>Recognises by its first bytes a file that is not a safetensors file, and says how to convert it.</summary>
internal static class NotSafeTensors
{
    /// <summary>Bytes that suffice to recognise any kind: a tar archive says so at byte 257, an index names its map in the first
    /// kilobytes.</summary>
    public const int HeadLength = 4096;

    // clone, because save_file refuses tensors that share memory, as SkipNet's projections do.
    private const string Save =
        "save_file({name: tensor.clone().contiguous() for name, tensor in state.get('state_dict', state).items()}, 'network.safetensors')";

    private const string Network = "Save the network that it was made from in PyTorch: "
        + "safetensors.torch.save_file(network.state_dict(), 'network.safetensors').";

    private const string CopyIt = "Copy its content to a file and give that.";

    /// <summary>What a path that is no regular file leads to; null for a regular file or none.</summary>
    public static string? DescribePath(string path)
        => SpecialFile.Describe(path) is { } kind ? Message(path, kind, Directory.Exists(path) ? InFolder(path) : CopyIt) : null;

    /// <summary>What a file is; null for a safetensors file, be it damaged, and for what is not recognised.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="head">Its first bytes, up to <see cref="HeadLength"/>.</param>
    public static string? Describe(string path, ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
        {
            return $"'{path}' is empty. Copy or download the safetensors file again.";
        }

        // A safetensors file begins with the length of its header, whose upper bytes are zero, and the header's JSON. Of the other kinds
        // only tar (behind a short name) and gzip (without a time) can begin with such zeros, and neither has the JSON.
        var mayBeSafeTensors = head.Length > 8 && BinaryPrimitives.ReadUInt64LittleEndian(head) <= SafeTensorsReader.MaximumHeaderLength;
        var known = mayBeSafeTensors ? (head[8] == '{' ? null : Tar(head) ?? Gzip(head))
            : Tar(head) ?? Gzip(head) ?? Binary(head) ?? Text(head);
        return known is var (kind, advice) ? Message(path, kind, advice) : null;
    }

    private static string InFolder(string path)
    {
        var usual = Path.Combine(path, "model.safetensors");
        return $"Give the path of {(File.Exists(usual) ? $"its file '{usual}'" : "the .safetensors file")}.";
    }

    private static string Message(string path, string kind, string advice) => $"'{path}' is {kind}, not a safetensors file. {advice}";

    private static (string Kind, string Advice)? Tar(ReadOnlySpan<byte> head)
        => head.Length > 262 && head[257..].StartsWith("ustar"u8)
            ? ("a tar archive", "Unpack it and give the path of the .safetensors file in it; if torch.save of PyTorch before 0.1.10 wrote "
                + "it, and only if you trust where it comes from, convert it in Python: " + Convert(weightsOnly: false))
            : null;

    private static (string Kind, string Advice)? Gzip(ReadOnlySpan<byte> head) => head is [0x1F, 0x8B, 8, ..] ? Compressed("gzip") : null;

    private static (string Kind, string Advice)? Binary(ReadOnlySpan<byte> head)
        => head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8) ? Zip(head)
            : IsPickle(head) ? ("a Python pickle, as torch.save wrote before PyTorch 1.6", "Convert it in Python: " + Convert())
            : head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A])
                ? ("an HDF5 file, as Keras writes", "Only networks of PyTorch can be imported. " + Network)
            : head.StartsWith("GGUF"u8) ? ("a GGUF file, which holds a language model", "Give the safetensors file of a residual network.")
            : head.StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'])
                ? ("a NumPy array", "Save all arrays of the network by their PyTorch names: "
                    + "safetensors.numpy.save_file({name: array, ...}, 'network.safetensors').")
            : head.StartsWith("BZh"u8) ? Compressed("bzip2")
            : head.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? Compressed("xz")
            : head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? Compressed("zstd")
            : IsOnnx(head) ? ("an ONNX model", "Score it with ML.NET's ApplyOnnxModel, or import the network it came from. " + Network)
            : null;

    private static (string Kind, string Advice) Compressed(string how)
        => ($"compressed with {how}", "Decompress it and give the path of the .safetensors file.");

    // A zip archive begins with its first entry: the length of the name stands at byte 26, the name at byte 30.
    private static (string Kind, string Advice) Zip(ReadOnlySpan<byte> head)
    {
        var length = head.Length > 30 ? Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(head[26..]), head.Length - 30) : 0;
        var name = length > 0 ? head.Slice(30, length) : [];
        return name.EndsWith("/data.pkl"u8) ? ("a PyTorch checkpoint, as torch.save writes", "Convert it in Python: " + Convert())
            : name.EndsWith(".npy"u8) ? ("a NumPy archive", "Convert it in Python: "
                + "safetensors.numpy.save_file(dict(numpy.load('network.npz')), 'network.safetensors').")
            : name.StartsWith("TransformerChain"u8) || name.StartsWith("TrainingInfo"u8) || name.StartsWith("Version.txt"u8)
                ? ("a model of ML.NET", "Load it with mlContext.Model.Load.")
            : ("a zip archive", "Unpack it and give the path of the .safetensors file in it; if torch.save wrote it, convert it in Python: "
                + Convert());
    }

    // Protocols 2 to 5; the next byte is an instruction, of which none is 0.
    private static bool IsPickle(ReadOnlySpan<byte> head) => head is [0x80, >= 2 and <= 5, not 0, ..];

    // A protocol buffer whose first field is a version from 3 and whose second is one of those that stand next in ModelProto.
    private static bool IsOnnx(ReadOnlySpan<byte> head)
        => head is [0x08, >= 3 and <= 32, 0x12 or 0x1A or 0x22 or 0x28 or 0x32 or 0x3A or 0x42, ..];

    private static (string Kind, string Advice)? Text(ReadOnlySpan<byte> head)
    {
        var text = Encoding.UTF8.GetString(head).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        return text.StartsWith("version https://git-lfs.github.com/spec/", StringComparison.Ordinal)
                ? ("a Git LFS pointer, which stands for the file", "Get the file itself with 'git lfs pull'.")
            : text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
                ? ("an HTML page", "Download the file itself, not the page that shows it; on Hugging Face its address has 'resolve' where "
                    + "the page's has 'blob'.")
            : !text.StartsWith('{') ? null
            : text.Contains("\"weight_map\"", StringComparison.Ordinal)
                ? ("the index of a checkpoint in several files", "Join the files that it names in Python: "
                    + "save_file({name: tensor for file in files for name, tensor in load_file(file).items()}, 'network.safetensors').")
            : ("a JSON file", "Give the path of the .safetensors file that it stands beside.");
    }

    // Two lines that a user can paste.
    private static string Convert(bool weightsOnly = true)
        => Environment.NewLine
            + "import torch; from safetensors.torch import save_file; "
            + $"state = torch.load('network.pth', map_location='cpu', weights_only={weightsOnly})"
            + Environment.NewLine + Save;
}
