using System.Text.Json;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>Writes and reads how a network came to be in 8 bits. Which convolutions are, the ranges of what they read, and what is
/// added to their outputs are tensors behind all others.</summary>
internal static class ManifestInt8
{
    public const string Name = "int8";

    /// <summary>How many tensors there are.</summary>
    public const int Tensors = 3;

    /// <summary>Under a name that no weight has.</summary>
    public const string Tensor = "int8_ranges";

    /// <summary>The same.</summary>
    public const string SetTensor = "int8_convolutions";

    /// <summary>The same.</summary>
    public const string BiasTensor = "int8_biases";

    public static void Write(Utf8JsonWriter writer, Int8Calibration calibration)
    {
        writer.WriteStartObject(Name);
        writer.WriteNumber("rows", calibration.Rows);
        writer.WriteString("range", calibration.Range.ToString());
        Write(writer, "sameAnswers", calibration.SameAnswers);
        Write(writer, "sameGates", calibration.SameGates);
        Write(writer, "sameExits", calibration.SameExits);
        writer.WriteNumber("meanDifference", calibration.MeanDifference);
        writer.WriteNumber("leftOut", calibration.ConvolutionsLeftOut);
        writer.WriteBoolean("headsAfterwards", calibration.HeadsFittedAfterwards);
        writer.WriteBoolean("thresholdsAfterwards", calibration.ThresholdsChosenAfterwards);
        writer.WriteEndObject();
    }

    /// <exception cref="JsonException">It says what cannot be.</exception>
    public static Int8Calibration Read(JsonElement element)
    {
        var part = new StrictObject($"'{Name}'", element, members: 9);
        var calibration = new Int8Calibration
        {
            Rows = part.Count("rows"),
            Range = part.Name<Int8Range>("range"),
            SameAnswers = part.ShareOrNull("sameAnswers"),
            SameGates = part.ShareOrNull("sameGates"),
            SameExits = part.ShareOrNull("sameExits"),
            MeanDifference = part.Double("meanDifference"),
            ConvolutionsLeftOut = LeftOut(part.Count("leftOut")),
            HeadsFittedAfterwards = part.Boolean("headsAfterwards"),
            ThresholdsChosenAfterwards = part.Boolean("thresholdsAfterwards"),
        };
        if (calibration.Rows is < 1 or > Int8Calibration.MostRows)
        {
            throw new JsonException($"'{Name}' is of {calibration.Rows} rows, and can be of 1 to {Int8Calibration.MostRows}.");
        }

        return calibration.MeanDifference is >= 0 and <= double.MaxValue
            ? calibration
            : throw new JsonException(FormattableString.Invariant($"'{Name}' has a mean difference of {calibration.MeanDifference}."));
    }

    private static void Write(Utf8JsonWriter writer, string name, double? share)
    {
        if (share is { } value)
        {
            writer.WriteNumber(name, value);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static int LeftOut(long count)
        => count is >= 0 and <= int.MaxValue ? (int)count : throw new JsonException($"'{Name}' left out {count} convolutions.");

    /// <summary>What a file must hold.</summary>
    public static TensorSpec[] Layout(BlockPlan blocks)
        =>
        [
            new(Tensor, Int8Ranges.Count(blocks), 2), new(SetTensor, Int8Set.Convolutions(blocks)),
            new(BiasTensor, Int8Biases.Count(blocks)),
        ];

    /// <summary>Takes them from what was read.</summary>
    /// <exception cref="ArgumentException">A value cannot be.</exception>
    public static Int8Ranges Take(Dictionary<string, float[]> tensors, BlockPlan blocks, Int8Calibration calibration)
    {
        tensors.Remove(Tensor, out var ranges);
        tensors.Remove(SetTensor, out var set);
        tensors.Remove(BiasTensor, out var biases);
        return new Int8Ranges(blocks, ranges!, new Int8Set(blocks, set!), new Int8Biases(blocks, biases!), calibration);
    }
}
