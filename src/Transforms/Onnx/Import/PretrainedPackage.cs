namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>The network of ML.NET's package of pretrained weights, which the package puts beside the application.</summary>
internal static class PretrainedPackage
{
    public const string ResNet18 = "Microsoft.ML.DnnImageFeaturizer.ResNet18";

    private static readonly string Path = System.IO.Path.Combine("DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

    /// <summary>
    /// What the package does to pixels before its network: blue first, less a mean image. The image's means over each channel, in the order
    /// red, green, blue, are as good: features change their direction by less than a thousandth.
    /// </summary>
    public static IReadOnlyList<float> ChannelMean { get; } = [123.15f, 115.90f, 103.06f];

    /// <summary>The file.</summary>
    /// <param name="folder">Folder of the application.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static string Find(string folder)
        => System.IO.Path.Combine(folder, Path) is var file && File.Exists(file)
            ? file
            : throw new FileNotFoundException(
                $"The pretrained network is not beside the application: '{file}' does not exist. Reference the package {ResNet18} "
                + $"(dotnet add package {ResNet18}), which copies it there when the application is built.",
                file);
}
