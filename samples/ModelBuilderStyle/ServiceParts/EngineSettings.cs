namespace ModelBuilderStyle.ServiceParts;

/// <summary>What a service decides about the engines of its model.</summary>
/// <param name="Section">Section of the configuration that the names of settings begin with in messages.</param>
internal sealed record EngineSettings(string Section)
{
    /// <summary>The trained model, a <c>.zip</c>.</summary>
    public required string Model { get; init; }

    /// <summary>Images that are decoded and scored at the same time.</summary>
    public required int Engines { get; init; }

    /// <summary>Milliseconds within which an image is to be answered.</summary>
    public required double TargetMilliseconds { get; init; }

    /// <summary>Whether answers may become less accurate under load; the setting that says so is <see cref="LadderSetting"/>.</summary>
    public required bool Ladder { get; init; }

    /// <summary>Why there is no ladder, when there is none.</summary>
    public required string LadderSetting { get; init; }

    /// <summary>With calibration images: the least mean of the compute fraction of a step.</summary>
    public required double LeastComputeBudget { get; init; }

    /// <summary>A folder of images by which the steps are chosen; null goes by the confidence of the network's exits.</summary>
    public required string? CalibrationImages { get; init; }

    /// <summary>Whether no early exit is taken while there is no load.</summary>
    public bool WholeNetworkWhenIdle { get; init; }

    /// <summary>Largest image file in bytes.</summary>
    public required int MaxImageBytes { get; init; }

    /// <summary>Most pixels of an image.</summary>
    public required int MaxImagePixels { get; init; }
}
