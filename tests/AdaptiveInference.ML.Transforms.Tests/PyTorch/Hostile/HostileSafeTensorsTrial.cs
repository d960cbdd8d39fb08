using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch.Hostile;

/// <summary>Imports any file as a small network and scores a few images with it.</summary>
internal sealed class HostileSafeTensorsTrial : IDisposable
{
    private const int Side = 12;

    // The list of what differs is long where all names differ; longer than this it is none that anybody reads.
    private const int LongestMessage = 12_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly MLContext _context = new(1);
    private readonly IDataView _data;

    public HostileSafeTensorsTrial()
    {
        var random = new Random(1);
        _data = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 3).Select(
            _ => new Image { Features = [.. Enumerable.Range(0, Side * Side).Select(_ => (float)random.Next(256))] }));
    }

    /// <summary>The networks to import, one of each kind.</summary>
    public static IReadOnlyList<PyTorchImportOptions> Networks { get; } =
    [
        .. Enum.GetValues<NetworkKind>().Select(network => new PyTorchImportOptions
        {
            Network = network,
            Architecture = ResNetArchitecture.Cifar(8),
            ImageShape = new ImageShape(1, Side, Side),
            ClassNames = ["bag", "boot", "coat"],
        }),
    ];

    /// <summary>Imports a file.</summary>
    /// <returns>The message of the refusal; null where it went well.</returns>
    /// <exception cref="NotSupportedException">A score that is not finite, or an unclear refusal.</exception>
    public string? Run(PyTorchImportOptions options, byte[] file)
    {
        var path = Path.Combine(_folder.FullName, "network.safetensors");
        File.WriteAllBytes(path, file);
        try
        {
            using var network = _context.Model.ImportPyTorch(path, options);
            return network.Transform(_data).GetColumn<float[]>("Score").All(score => score.All(float.IsFinite))
                ? null
                : throw new NotSupportedException("a score is not finite");
        }
        catch (FormatException error)
        {
            return error.Message.Length <= LongestMessage
                ? error.Message.Replace(_folder.FullName, "", StringComparison.Ordinal)
                : throw new NotSupportedException($"a refusal of {error.Message.Length} characters: {error.Message[..500]}", error);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private sealed class Image
    {
        [VectorType(1, Side, Side)]
        public float[] Features { get; set; } = [];
    }
}
