using AdaptiveInference.ML.Transforms.Budget;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>A part of the calibration rows whose images are in memory.</summary>
/// <param name="Images">The images.</param>
/// <param name="First">Number of the first row.</param>
/// <param name="Labels">Their classes.</param>
/// <param name="Certifies">Whether each certifies.</param>
internal sealed record CalibrationPart(ComputeBudgetImages Images, int First, IReadOnlyList<int> Labels, IReadOnlyList<bool> Certifies);
