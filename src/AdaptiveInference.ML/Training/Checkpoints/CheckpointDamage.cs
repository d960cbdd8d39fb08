using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>
/// Finds what no training run could have written, whatever the checksum says: with it <c>Fit</c> would return a network that never learnt,
/// or fail later without a word about the checkpoint.
/// </summary>
internal static class CheckpointDamage
{
    // A validation score is an accuracy or a negative loss, less what compute costs: any number up to 1.
    private const double HighestScore = 1;

    /// <summary>Checks what a header says by itself.</summary>
    /// <exception cref="InvalidDataException">A value is out of range.</exception>
    public static void Header(CheckpointHeader header)
    {
        Require(header.Fingerprint.Values.All(value => value is not null), "its fingerprint has a value that is null");
        Require(
            header.HasBest
                ? header.BestScore <= HighestScore && header.ReferenceScore >= double.MinValue && header.ReferenceScore <= header.BestScore
                : double.IsNegativeInfinity(header.BestScore) && double.IsNegativeInfinity(header.ReferenceScore),
            FormattableString.Invariant($"its best score is {header.BestScore} with a reference score of {header.ReferenceScore}, ")
                + (header.HasBest ? "with weights of that score" : "without weights of that score"));
    }

    /// <summary>Checks where a header says that a run stands.</summary>
    /// <exception cref="InvalidDataException">The run has no such place.</exception>
    public static void Progress(CheckpointHeader header, RunOutline run)
    {
        Require(
            header.Stage >= 0 && header.Stage < run.Epochs.Count,
            FormattableString.Invariant(
                $"it stands in stage {header.Stage}, and this training has the stages 0 to {run.Epochs.Count - 1}"));
        var epochs = run.Epochs[header.Stage];
        Require(
            header.EpochsDone >= 0 && header.EpochsDone <= epochs,
            FormattableString.Invariant($"{header.EpochsDone} epochs of its stage are done, and that stage has {epochs}"));

        // Every epoch is evaluated, and so is the start of a later stage and that of a fine-tuning.
        var judged = run.HasValidation ? header.EpochsDone + (header.Stage > 0 || run.JudgesStart ? 1 : 0) : 0;
        Require(
            header.HasBest == judged > 0,
            header.HasBest
                ? "it has best weights, and nothing has been judged yet"
                : "it has no best weights, and epochs have been judged");
        Require(
            header.Waited >= 0 && header.Waited <= Math.Max(0, judged - 1),
            FormattableString.Invariant($"it has waited {header.Waited} epochs for a better one, and {judged} have been judged"));
    }

    /// <summary>Checks the tensors that were read.</summary>
    /// <exception cref="InvalidDataException">A value is not finite, or a variance is negative.</exception>
    public static void Tensors(
        IReadOnlyDictionary<string, float[]> weights, IReadOnlyDictionary<string, float[]>? best, IReadOnlyList<float[]> momenta)
    {
        Weights(weights, "weights");
        if (best is not null)
        {
            Weights(best, "best weights");
        }

        Require(momenta.All(IsFinite), "its momenta hold NaN or infinity");
    }

    /// <summary>Whether a run could go on from a state: whether all of it is finite.</summary>
    public static bool IsFinite(Checkpoint state)
        => IsFinite(state.Weights) && (state.Best.Weights is not { } best || IsFinite(best)) && state.Momenta.All(IsFinite);

    private static void Weights(IReadOnlyDictionary<string, float[]> tensors, string which)
    {
        foreach (var (name, values) in tensors)
        {
            Require(IsFinite(values), $"its {which} hold NaN or infinity in '{name}'");
            Require(
                !name.EndsWith(".running_var", StringComparison.Ordinal)
                    || !values.AsSpan().ContainsAnyInRange(float.MinValue, -float.Epsilon),
                $"its {which} hold a negative variance in '{name}'");
        }
    }

    private static bool IsFinite(NetworkWeights weights) => weights.Layout.All(tensor => IsFinite(weights.Array(tensor.Name)));

    private static bool IsFinite(float[] values) => !values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue);

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidDataException(problem);
        }
    }
}
