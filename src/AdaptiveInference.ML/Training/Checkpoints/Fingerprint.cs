using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>
/// What a training run depends on, as names and values for people: two runs that agree in all of them train the same model.
/// </summary>
internal static class Fingerprint
{
    /// <summary>What stands for a value that is not set.</summary>
    public const string None = "none";

    /// <summary>
    /// Options that are left out: they change nothing about the model, or count otherwise (columns and validation set through the data, the
    /// seed through the one in effect). Every other option counts, one that is added later too.
    /// </summary>
    private static readonly HashSet<string> Excluded =
    [
        nameof(GatedResNetTrainerOptions.LabelColumnName),
        nameof(GatedResNetTrainerOptions.FeatureColumnName),
        nameof(GatedResNetTrainerOptions.ScoreColumnName),
        nameof(GatedResNetTrainerOptions.PredictedLabelColumnName),
        nameof(GatedResNetTrainerOptions.ExecutionPathColumnName),
        nameof(GatedResNetTrainerOptions.ComputeFractionColumnName),
        nameof(GatedResNetTrainerOptions.ValidationSet),
        nameof(GatedResNetTrainerOptions.CheckpointFolder),
        nameof(GatedResNetTrainerOptions.Progress),
        nameof(GatedResNetTrainerOptions.CancellationToken),
        nameof(GatedResNetTrainerOptions.Device),
        nameof(GatedResNetTrainerOptions.Seed),
    ];

    /// <summary>The options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="seed">Seed that the options or the MLContext give.</param>
    public static Dictionary<string, string> Of(GatedResNetTrainerOptions options, int? seed)
    {
        var values = options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => !Excluded.Contains(property.Name))
            .ToDictionary(property => property.Name, property => Text(property.Name, property.GetValue(options)));
        values.Add("Network", options.Network.ToString());
        values.Add(nameof(options.Seed), seed?.ToString(CultureInfo.InvariantCulture) ?? None);
        return values;
    }

    /// <summary>The images and classes of a data set.</summary>
    public static string Of(TrainingData data, int classes, ImageShape shape)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pixels = new float[shape.Size];
        for (var image = 0; image < data.Count; image++)
        {
            data.Pixels.Read(image, pixels);
            hash.AppendData(MemoryMarshal.AsBytes(pixels.AsSpan()));
        }

        hash.AppendData(MemoryMarshal.AsBytes(data.Labels.ToArray().AsSpan()));
        return $"{data.Count} images of {shape} in {classes} classes, SHA-256 {Short(hash)}";
    }

    /// <summary>Which images are of one group.</summary>
    public static string Of(IReadOnlyList<int> groups)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(groups.ToArray().AsSpan()));
        return $"by {groups.Max() + 1} groups, SHA-256 {Short(hash)}";
    }

    /// <summary>Classes in their order: names for people, and all key values, because what the weights answer depends on them.</summary>
    public static string Of(ClassLabels classes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, classes);
        return $"{ClassList.List(classes.Names)}, SHA-256 {Short(hash)}";
    }

    private static void Add(IncrementalHash hash, ClassLabels classes)
    {
        foreach (var text in classes.ValueTexts ?? classes.Names)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        }
    }

    // Off as in checkpoints from before there was a choice.
    private static string Text(string option, object? value)
        => option == nameof(SkipNetTrainer.Options.AnyBudget) && value is false ? None : Text(value);

    private static string Text(object? value) => value switch
    {
        null => None,
        ResNetArchitecture or ImageShape => value.ToString()!,
        GatedResNetTransformer model => Text(model),
        _ => JsonSerializer.Serialize(value, value.GetType()).Trim('"'),
    };

    private static string Text(GatedResNetTransformer model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in model.Model.Weights.Layout)
        {
            hash.AppendData(MemoryMarshal.AsBytes(model.Model.Weights[tensor.Name]));
        }

        Add(hash, model.Model.Classes);
        return $"{model.Network} {model.Architecture}, SHA-256 {Short(hash)}";
    }

    private static string Short(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
}
