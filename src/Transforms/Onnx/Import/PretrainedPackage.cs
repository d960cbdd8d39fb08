using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>The network of ML.NET's package of pretrained weights, which the package puts beside the application.</summary>
internal static class PretrainedPackage
{
    public const string ResNet18 = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    private const string Models = "DnnImageModels";

    private static readonly string Network = Path.Combine(Models, "ResNet18Onnx", "ResNet18.onnx");
    private static readonly string Preprocessing = Path.Combine(Models, "ResNetPrepOnnx", "ResNetPreprocess.onnx");
    private static readonly ImageShape Shape = new(3, 224, 224);

    /// <summary>The network's file.</summary>
    /// <param name="folder">Folder of the application.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static string Find(string folder) => Find(folder, Network);

    /// <summary>What the package subtracts from the pixels before its network: a mean image.</summary>
    /// <param name="folder">Folder of the application.</param>
    /// <exception cref="FileNotFoundException">Its file is not there.</exception>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static ChannelStatistics Statistics(string folder)
    {
        var path = Find(folder, Preprocessing);
        long[] shape = [1, Shape.Channels, Shape.Height, Shape.Width];
        var graph = OnnxFile.Read(path).Graph;
        try
        {
            var tensor = graph.Initializer.SingleOrDefault(tensor => tensor.Dims.SequenceEqual(shape))
                ?? throw new FormatException("there is none");

            // Blue first in the file; red first is what networks read here.
            var plane = Shape.Height * Shape.Width;
            float[][] planes = [.. OnnxTensor.Floats(tensor).Chunk(plane).Reverse()];
            return new ChannelStatistics(
                [.. planes.Select(values => values.Average())], [1, 1, 1], new MeanImage(Shape, [.. planes.SelectMany(values => values)]));
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw new FormatException(
                $"'{path}' has no mean image of {Shape} that can be read. Restore the package {ResNet18} again.", error);
        }
    }

    private static string Find(string folder, string name)
        => Path.Combine(folder, name) is var file && File.Exists(file)
            ? file
            : throw new FileNotFoundException(
                $"The pretrained network is not beside the application: '{file}' does not exist. Reference the package {ResNet18} "
                + $"(dotnet add package {ResNet18}), which copies it there when the application is built.",
                file);
}
