using System.Globalization;

namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>What people call a residual block: its stage and its position there, both from 1.</summary>
internal readonly record struct BlockName(int Stage, int Position)
{
    private const string StageWord = "stage";
    private const string BlockWord = ".block";

    /// <summary>For where there is little room, such as <c>2.3</c>.</summary>
    public string Short => string.Create(CultureInfo.InvariantCulture, $"{Stage}.{Position}");

    /// <summary>Reads what <see cref="ToString"/> wrote, such as the slot name of an execution path.</summary>
    public static BlockName? Parse(string text)
    {
        var dot = text.IndexOf(BlockWord, StringComparison.Ordinal);
        return dot > 0 && text.StartsWith(StageWord, StringComparison.Ordinal)
            && int.TryParse(
                text.AsSpan(StageWord.Length, dot - StageWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var stage)
            && int.TryParse(text.AsSpan(dot + BlockWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? new BlockName(stage, position)
            : null;
    }

    /// <summary>For example <c>stage2.block3</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{StageWord}{Stage}{BlockWord}{Position}");
}
