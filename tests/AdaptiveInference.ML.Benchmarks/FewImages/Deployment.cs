using System.Diagnostics;
using System.Xml.Linq;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>
/// What has to be shipped: for each kind of model an application that only scores is published (for this platform, without the .NET
/// runtime, which both kinds need alike), run on test images, and its files are added up. It is one program; only its packages differ.
/// </summary>
internal static class Deployment
{
    private const string Program = """
        using Microsoft.ML;

        var context = new MLContext();
        var engine = context.Model.CreatePredictionEngine<Photo, Answer>(context.Model.Load(args[0], out _));
        foreach (var path in args[1..])
        {
            Console.WriteLine(engine.Predict(new Photo { Path = path }).PredictedLabel);
        }

        internal sealed class Photo
        {
            public string Path { get; set; } = "";
            public string Label { get; set; } = "";
            public string Group { get; set; } = "";
        }

        internal sealed class Answer { public string PredictedLabel { get; set; } = ""; }
        """;

    private static readonly string[] OnnxPackages =
        ["Microsoft.ML", "Microsoft.ML.ImageAnalytics", "Microsoft.ML.OnnxTransformer", "Microsoft.ML.OnnxRuntime"];

    public static void Run(FewImagesFolder folder, PhotoFolder data)
    {
        var applications = new Dictionary<bool, string>();
        foreach (var row in FewImagesRows.All.Where(row => row.IsTimed))
        {
            var model = folder.Model(new FewImagesRun(row, LabelledImages.Everything, 1));
            if (!File.Exists(model))
            {
                continue;
            }

            if (!applications.TryGetValue(row.UsesOnnxRuntime, out var application))
            {
                var name = row.UsesOnnxRuntime ? "onnx-runtime" : "managed";
                applications.Add(row.UsesOnnxRuntime, application = Publish(Path.Combine(folder.Applications, name), row));
            }

            var result = Measure(application, row, model, data);
            folder.Add(result);
            Console.WriteLine(FormattableString.Invariant(
                $"{row.Name,-24} {result.ApplicationBytes / 1048576.0:F1} MiB in {result.Files} files, ")
                + FormattableString.Invariant($"model {result.ModelBytes / 1048576.0:F1} MiB"));
        }
    }

    private static string Publish(string application, FewImagesRow row)
    {
        Directory.CreateDirectory(application);
        File.WriteAllText(Path.Combine(application, "Program.cs"), Program);
        File.WriteAllText(Path.Combine(application, "Application.csproj"), Project(row.UsesOnnxRuntime));
        var output = Path.Combine(application, "published");
        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }

        Dotnet(
            "publish", Path.Combine(application, "Application.csproj"), "-c", "Release", "-o", output, "--use-current-runtime",
            "--self-contained", "false");
        return output;
    }

    private static DeploymentResult Measure(string application, FewImagesRow row, string model, PhotoFolder data)
    {
        var photos = data.Test.Where((_, image) => image % 48 == 0).ToList();
        var answers = Dotnet([Path.Combine(application, "Application.dll"), model, .. photos.Select(photo => photo.Path)])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var right = photos.Zip(answers).Count(pair => pair.First.Label == pair.Second);
        if (answers.Length != photos.Count || right < photos.Count / 3)
        {
            throw new InvalidOperationException(
                $"The application of {row.Name} has {right} of {photos.Count} labels right: {string.Join(", ", answers)}.");
        }

        var files = Directory.EnumerateFiles(application, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is not (".pdb" or ".xml")).Select(file => new FileInfo(file)).ToList();
        return new DeploymentResult(row.Name, files.Sum(file => file.Length), files.Count, new FileInfo(model).Length);
    }

    private static string Project(bool onnxRuntime)
    {
        var versions = XDocument.Load(Path.Combine(FewImagesFolder.Sources, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);
        var references = onnxRuntime
            ? OnnxPackages.Select(name => new XElement(
                "PackageReference", new XAttribute("Include", name), new XAttribute("Version", versions[name])))
            : [new XElement("ProjectReference", new XAttribute("Include", Path.Combine(
                FewImagesFolder.Sources, "src", "Transforms", "AdaptiveInference.ML.Transforms.csproj")))];
        return new XElement(
            "Project",
            new XAttribute("Sdk", "Microsoft.NET.Sdk"),
            new XElement(
                "PropertyGroup", new XElement("OutputType", "Exe"), new XElement("TargetFramework", "net10.0"),
                new XElement("Nullable", "enable"), new XElement("ImplicitUsings", "enable"),
                new XElement("SatelliteResourceLanguages", "en")),
            new XElement("ItemGroup", references)).ToString();
    }

    private static string Dotnet(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
    }
}

/// <summary>An application that scores, without the .NET runtime.</summary>
/// <param name="Row">Of the model.</param>
/// <param name="ApplicationBytes">Of the published files, symbols and documentation left out.</param>
/// <param name="Files">Their number.</param>
/// <param name="ModelBytes">Of the saved pipeline.</param>
internal sealed record DeploymentResult(string Row, long ApplicationBytes, int Files, long ModelBytes);
