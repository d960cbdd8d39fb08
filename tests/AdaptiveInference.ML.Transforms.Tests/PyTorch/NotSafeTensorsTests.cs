using System.IO.Compression;
using System.Text;
using AdaptiveInference.ML.Transforms.PyTorch;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

[TestClass]
public sealed class NotSafeTensorsTests
{
    private const string Unpack = "Unpack it and give the path of the .safetensors file in it";
    private const string Decompress = "Decompress it and give the path of the .safetensors file.";
    private const string Save =
        "Save the network that it was made from in PyTorch: safetensors.torch.save_file(network.state_dict(), 'network.safetensors').";

    private static readonly string Lines = Conversion("True");

    public static IEnumerable<object[]> Files =>
    [
        [Zip("archive/data.pkl"), "a PyTorch checkpoint, as torch.save writes", "Convert it in Python: " + Lines],
        [Zip("arr_0.npy"), "a NumPy archive", "Convert it in Python: "
            + "safetensors.numpy.save_file(dict(numpy.load('network.npz')), 'network.safetensors')."],
        [Zip("readme.txt"), "a zip archive", Unpack + "; if torch.save wrote it, convert it in Python: " + Lines],
        [Bytes("PK\x05\x06", new byte[18]), "a zip archive", Unpack + "; if torch.save wrote it, convert it in Python: " + Lines],
        [Bytes("PK\x03\x04"), "a zip archive", Unpack + "; if torch.save wrote it, convert it in Python: " + Lines],
        [new byte[] { 0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19 },
            "a Python pickle, as torch.save wrote before PyTorch 1.6", "Convert it in Python: " + Lines],
        [new byte[] { 0x80, 4, 0x95, 0x10, 0x01, 0, 0, 0, 0, 0, 0, (byte)'}' },
            "a Python pickle, as torch.save wrote before PyTorch 1.6", "Convert it in Python: " + Lines],
        [Tar(), "a tar archive", Unpack + "; if torch.save of PyTorch before 0.1.10 wrote it, and only if you trust where it comes from, "
            + "convert it in Python: " + Conversion("False")],
        [Bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
            "a Git LFS pointer, which stands for the file", "Get the file itself with 'git lfs pull'."],
        [Bytes("""{"metadata": {"total_size": 9}, "weight_map": {"fc.bias": "model-00001-of-00002.safetensors"}}"""),
            "the index of a checkpoint in several files", "Join the files that it names in Python: "
            + "save_file({name: tensor for file in files for name, tensor in load_file(file).items()}, 'network.safetensors')."],
        [Bytes("""{"architectures": ["ResNet"]}"""), "a JSON file", "Give the path of the .safetensors file that it stands beside."],
        [Bytes("\n<!DOCTYPE html><html></html>"), "an HTML page",
            "Download the file itself, not the page that shows it; on Hugging Face its address has 'resolve' where the page's has 'blob'."],
        [Bytes("\b\u0007\u0012\u0007pytorch"), "an ONNX model",
            "Score it with ML.NET's ApplyOnnxModel, or import the network it came from. " + Save],
        [new byte[] { 0x89, 0x48, 0x44, 0x46, 13, 10, 0x1A, 10, 0, 0 }, "an HDF5 file, as Keras writes",
            "Only networks of PyTorch can be imported. " + Save],
        [Bytes("GGUF", [3, 0, 0, 0, 9]), "a GGUF file, which holds a language model", "Give the safetensors file of a residual network."],
        [new byte[] { 0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3 }, "compressed with gzip", Decompress],
        [Bytes("BZh91AY&SY"), "compressed with bzip2", Decompress],
        [new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4 }, "compressed with xz", Decompress],
        [new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 4, 0, 1, 2 }, "compressed with zstd", Decompress],
        [new byte[] { 0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 0x76, 0 }, "a NumPy array",
            "Save all arrays of the network by their PyTorch names: "
            + "safetensors.numpy.save_file({name: array, ...}, 'network.safetensors')."],
    ];

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void Open_FileOfAnotherKind_SaysWhatItIsAndWhatToDo(byte[] content, string kind, string advice)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("network.bin");
        File.WriteAllBytes(path, content);

        var exception = Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path));

        Assert.AreEqual($"'{path}' is {kind}, not a safetensors file. {advice}", exception.Message);
    }

    [TestMethod]
    public void Open_EmptyFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("empty.safetensors");
        File.WriteAllBytes(path, []);

        var exception = Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path));

        Assert.AreEqual($"'{path}' is empty. Copy or download the safetensors file again.", exception.Message);
    }

    [TestMethod]
    public void Open_Folder_NamesTheFileInIt()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model");
        Directory.CreateDirectory(path);
        Assert.AreEqual(
            $"'{path}' is a folder, not a safetensors file. Give the path of the .safetensors file.",
            Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path)).Message);

        var file = Path.Combine(path, "model.safetensors");
        File.WriteAllBytes(file, []);
        Assert.AreEqual(
            $"'{path}' is a folder, not a safetensors file. Give the path of its file '{file}'.",
            Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path)).Message);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Open_Device_IsRefusedBeforeItIsRead()
        => Assert.AreEqual(
            "'/dev/zero' is a device, pipe or socket, not a safetensors file. Copy its content to a file and give that.",
            Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open("/dev/zero")).Message);

    [TestMethod]
    public void Open_ModelOfMlNet_SaysHowToLoadIt()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.zip");
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(new[] { new Row { Price = 1 } });
        context.Model.Save(context.Transforms.NormalizeMinMax("Price").Fit(data), data.Schema, path);

        var exception = Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path));

        Assert.AreEqual($"'{path}' is a model of ML.NET, not a safetensors file. Load it with mlContext.Model.Load.", exception.Message);
    }

    [TestMethod]
    public void Open_LargeForeignFile_ReadsItsHeadAlone()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("large.pth");
        File.WriteAllBytes(path, [.. Zip("archive/data.pkl"), .. new byte[8_000_000]]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.ThrowsExactly<FormatException>(() => SafeTensorsReader.Open(path));

        Assert.IsLessThan(100_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // A header whose length begins as a pickle or an ONNX model does.
    [TestMethod]
    [DataRow(0x0280)]
    [DataRow(0x120708)]
    public void Open_HeaderLengthThatLooksForeign_IsRead(int length)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("length.safetensors");
        const string header = """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""";
        SafeTensorsFile.Write(path, header.PadRight(length), BitConverter.GetBytes(3f));

        using var reader = SafeTensorsReader.Open(path);

        CollectionAssert.AreEqual(new[] { 3f }, reader.Read(reader.Entries["a"]));
    }

    private static string Conversion(string weightsOnly)
        => Environment.NewLine + "import torch; from safetensors.torch import save_file; "
            + $"state = torch.load('network.pth', map_location='cpu', weights_only={weightsOnly})" + Environment.NewLine
            + "save_file({name: tensor.clone().contiguous() for name, tensor in state.get('state_dict', state).items()}, "
            + "'network.safetensors')";

    private static byte[] Bytes(string text, byte[]? more = null) => [.. Encoding.Latin1.GetBytes(text), .. more ?? []];

    private static byte[] Zip(string entry)
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var content = archive.CreateEntry(entry).Open();
            content.Write([1, 2, 3]);
        }

        return file.ToArray();
    }

    // Of a short name, so that its first eight bytes could be the length of a header.
    private static byte[] Tar()
    {
        var block = new byte[1024];
        "a"u8.CopyTo(block);
        "ustar"u8.CopyTo(block.AsSpan(257));
        return block;
    }

    private sealed class Row
    {
        public float Price { get; set; }
    }
}
