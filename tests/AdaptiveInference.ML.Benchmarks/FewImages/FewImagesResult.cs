using AdaptiveInference.ML.Benchmarks.Evidence;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>What one way to a model came to: a line of <c>results.jsonl</c>.</summary>
internal sealed record FewImagesResult
{
    public required string Row { get; init; }

    public required int Seed { get; init; }

    /// <summary>Labelled images a class, or <see cref="LabelledImages.Everything"/>.</summary>
    public required string Size { get; init; }

    /// <summary>Labelled images in all, those that epochs or penalties were chosen by included.</summary>
    public required int Images { get; init; }

    /// <summary>From the image files to the model, wall clock.</summary>
    public required double FitSeconds { get; init; }

    /// <summary>The same in seconds of processor time.</summary>
    public required double FitCpuSeconds { get; init; }

    /// <summary>Multiply–accumulates of the whole network.</summary>
    public required long FullMacs { get; init; }

    public required PhotoPoint Trained { get; init; }

    /// <summary>Under compute budgets; empty where there is nothing to turn.</summary>
    public required IReadOnlyList<PhotoPoint> Curve { get; init; }

    public required Provenance Provenance { get; init; }
}

/// <summary>One way to run a model, on the test images.</summary>
internal sealed record PhotoPoint
{
    /// <summary>Budget that was asked for; null for the model as it was trained.</summary>
    public double? Budget { get; init; }

    public required double Accuracy { get; init; }

    /// <summary>Mean share of the network's MACs that the images took.</summary>
    public required double ComputeFraction { get; init; }

    /// <summary>A bit for each test image in the order of their paths: whether the answer was right. Hexadecimal.</summary>
    public required string Right { get; init; }

    public bool[] RightAnswers(int images)
    {
        var bytes = Convert.FromHexString(Right);
        return [.. Enumerable.Range(0, images).Select(image => (bytes[image / 8] >> (image % 8) & 1) == 1)];
    }

    public static PhotoPoint Of(double? budget, IReadOnlyList<bool> right, IReadOnlyList<float> fractions)
    {
        var bytes = new byte[(right.Count + 7) / 8];
        for (var image = 0; image < right.Count; image++)
        {
            bytes[image / 8] |= (byte)((right[image] ? 1 : 0) << (image % 8));
        }

        return new PhotoPoint
        {
            Budget = budget,
            Accuracy = right.Average(answer => answer ? 1.0 : 0.0),
            ComputeFraction = fractions.Average(),
            Right = Convert.ToHexString(bytes),
        };
    }
}
