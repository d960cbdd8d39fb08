using System.Globalization;

namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>What people call a residual block: its stage and its position there, both from 1.</summary>
/// <param name="Stage">Of its network.</param>
/// <param name="Position">In the stage.</param>
/// <param name="Model">Which model of a cascade the network is, from 1.</param>
internal readonly record struct BlockName(int Stage, int Position, int Model = 1)
{
    private const string StageWord = "stage";
    private const string BlockWord = ".block";
    private const string SecondWord = "second.";

    /// <summary>For where there is little room, such as <c>2.3</c>, or <c>2:2.3</c> in the second model of a cascade.</summary>
    public string Short => string.Create(CultureInfo.InvariantCulture, $"{(Model == 1 ? "" : $"{Model}:")}{Stage}.{Position}");

    /// <summary>The name of a block of a cascade's second model, from its name in that model.</summary>
    public static string InSecond(string name) => SecondWord + name;

    /// <summary>Reads what <see cref="ToString"/> wrote, such as the slot name of an execution path.</summary>
    public static BlockName? Parse(string text)
    {
        var model = 1;
        while (text.StartsWith(SecondWord, StringComparison.Ordinal))
        {
            (text, model) = (text[SecondWord.Length..], model + 1);
        }

        var dot = text.IndexOf(BlockWord, StringComparison.Ordinal);
        return dot > 0 && text.StartsWith(StageWord, StringComparison.Ordinal)
            && int.TryParse(
                text.AsSpan(StageWord.Length, dot - StageWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var stage)
            && int.TryParse(text.AsSpan(dot + BlockWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? new BlockName(stage, position, model)
            : null;
    }

    /// <summary>For example <c>stage2.block3</c>, or <c>second.stage2.block3</c>.</summary>
    public override string ToString()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{StageWord}{Stage}{BlockWord}{Position}");
        for (var model = 1; model < Model; model++)
        {
            name = InSecond(name);
        }

        return name;
    }
}
