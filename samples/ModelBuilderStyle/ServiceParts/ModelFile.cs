using System.Security.Cryptography;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace ModelBuilderStyle.ServiceParts;

/// <summary>A model as it was read from a file.</summary>
/// <param name="Path">Full path of the file.</param>
/// <param name="Version">First digits of its SHA-256.</param>
/// <param name="Context">What it was loaded with.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Network">The gated network in it.</param>
internal sealed record ModelFile(string Path, string Version, MLContext Context, ITransformer Pipeline, GatedResNetTransformer Network)
{
    private const int VersionDigits = 12;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelFileException">It is missing, or no model that this service can use; the message says why.</exception>
    public static ModelFile Read(string model)
    {
        var path = System.IO.Path.GetFullPath(model);
        if (!File.Exists(path))
        {
            throw new ModelFileException(
                $"The model file '{path}' does not exist: train it with 'dotnet run -c Release --project samples/ModelBuilderStyle' and "
                + "name it with '--model PATH'.");
        }

        var context = new MLContext();
        var (pipeline, version) = Load(context, path);
        return new ModelFile(
            path, version, context, pipeline,
            FindNetwork(pipeline) ?? throw Unusable(path, "it holds no gated residual network."));
    }

    /// <summary>Says that a file cannot be used.</summary>
    public static ModelFileException Unusable(string path, string why, Exception? inner = null)
        => new($"The model file '{path}' cannot be used: {why}", inner);

    private static (ITransformer Pipeline, string Version) Load(MLContext context, string path)
    {
        try
        {
            // Through one handle, so that both are of the same file, whatever is moved over its name meanwhile.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
            stream.Position = 0;
            return (context.Model.Load(stream, out _), hash[..VersionDigits]);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // ML.NET wraps what its loaders throw and reports files that it cannot read in many ways; what says why is the innermost
            // exception about the format.
            FormatException? format = null;
            Exception? unwritable = null;
            for (var inner = exception; inner is not null; inner = inner.InnerException)
            {
                format = inner as FormatException ?? format;
                unwritable = inner is UnauthorizedAccessException or (IOException and not EndOfStreamException) ? inner : unwritable;
            }

            throw Unusable(path, format?.Message ?? Unwritable(unwritable) ?? "it is no ML.NET model, or a damaged one.", exception);
        }
    }

    // In a container with a read-only file system nothing else says what is missing.
    private static string? Unwritable(Exception? error) => error is null
        ? null
        : $"it cannot be read, or not unpacked below '{System.IO.Path.GetTempPath()}', where ML.NET has to write: {error.Message}";

    private static GatedResNetTransformer? FindNetwork(ITransformer model) => model switch
    {
        GatedResNetTransformer network => network,
        IEnumerable<ITransformer> chain => chain.Select(FindNetwork).FirstOrDefault(network => network is not null),
        _ => null,
    };
}
