using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// Which convolutions are in 8 bits, the range of values that each convolution of a residual branch reads, from which 8-bit numbers get
/// their meaning, and what is added to their outputs. A projection reads what the first convolution of its block does.
/// </summary>
internal sealed class Int8Ranges
{
    private readonly float[] _values;
    private readonly int[] _first;

    /// <summary>Takes the ranges.</summary>
    /// <param name="blocks">The network.</param>
    /// <param name="values">Smallest and largest value for each convolution, block after block.</param>
    /// <param name="set">Which convolutions are in 8 bits.</param>
    /// <param name="biases">What is added to outputs of those.</param>
    /// <param name="calibration">Where they come from.</param>
    /// <exception cref="ArgumentException">
    /// There are more or fewer, a value is not finite, a largest is below its smallest, or more convolutions were left out than there are.
    /// </exception>
    public Int8Ranges(BlockPlan blocks, float[] values, Int8Set set, Int8Biases biases, Int8Calibration calibration)
    {
        if (values.Length != 2 * Count(blocks))
        {
            throw new ArgumentException($"The network has {Count(blocks)} ranges for 8 bits, got {values.Length / 2.0}.");
        }

        for (var i = 0; i < values.Length; i += 2)
        {
            // Half of the largest float, so that no difference overflows.
            if (!(values[i] >= float.MinValue / 2 && values[i + 1] <= float.MaxValue / 2 && values[i] <= values[i + 1]))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"Range {i / 2} for 8 bits goes from {values[i]} to {values[i + 1]}."));
            }
        }

        var others = Int8Set.Convolutions(blocks) - set.Count;
        if (calibration.ConvolutionsLeftOut > others)
        {
            throw new ArgumentException(
                $"8 bits leave {calibration.ConvolutionsLeftOut} convolutions out, and only {others} are not in them.");
        }

        (_values, Set, Biases, Calibration, _first) = (values, set, biases, calibration, new int[blocks.Blocks.Count]);
        var first = 0;
        foreach (var block in blocks.Blocks)
        {
            _first[block.Index] = first;
            first += block.Body.Count;
        }
    }

    /// <summary>Which convolutions are in 8 bits.</summary>
    public Int8Set Set { get; }

    /// <summary>What is added to their outputs.</summary>
    public Int8Biases Biases { get; }

    /// <summary>How they were chosen.</summary>
    public Int8Calibration Calibration { get; }

    /// <summary>Smallest and largest value for each convolution.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The range that a convolution of a block reads.</summary>
    public (float Smallest, float Largest) this[int block, int convolution]
    {
        get
        {
            var place = 2 * (_first[block] + convolution);
            return (_values[place], _values[place + 1]);
        }
    }

    /// <summary>Ranges of a network.</summary>
    public static int Count(BlockPlan blocks)
    {
        // A loop, as everywhere on the way of a model that is loaded: in a fresh process each query is several methods to compile.
        var count = 0;
        foreach (var block in blocks.Blocks)
        {
            count += block.Body.Count;
        }

        return count;
    }

    /// <summary>The same ranges for other convolutions.</summary>
    public Int8Ranges With(BlockPlan blocks, Int8Set set) => new(blocks, _values, set, Biases, Calibration);

    /// <summary>The same ranges with what is known about them.</summary>
    public Int8Ranges With(BlockPlan blocks, Int8Calibration calibration) => new(blocks, _values, Set, Biases, calibration);

    /// <summary>The same for a network that has the same blocks and other heads, fitted to them in 8 bits.</summary>
    public Int8Ranges WithHeadsOf(BlockPlan blocks)
    {
        // Those of exits, not those of gates.
        var allChosen = Calibration.ThresholdsChosenAfterwards || blocks.Blocks.All(block => block.Gate is null);
        return With(blocks, Calibration with { HeadsFittedAfterwards = true, ThresholdsChosenAfterwards = allChosen });
    }
}
