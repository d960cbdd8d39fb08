using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// Which convolutions of residual blocks are in 8 bits. A part of the model, so that it is the same network on every machine, whichever
/// way a machine computes it.
/// </summary>
internal sealed class Int8Set
{
    private readonly float[] _flags;
    private readonly int[] _first;

    /// <summary>Takes the set.</summary>
    /// <param name="blocks">The network.</param>
    /// <param name="flags">For each convolution, block after block, those of the body and then the projection, 1 where it is in the set,
    /// else 0.</param>
    /// <exception cref="ArgumentException">There are more or fewer, or others than 0 and 1.</exception>
    public Int8Set(BlockPlan blocks, float[] flags)
    {
        _first = new int[blocks.Blocks.Count];
        var convolutions = 0;
        foreach (var block in blocks.Blocks)
        {
            _first[block.Index] = convolutions;
            convolutions += Convolutions(block);
        }

        if (flags.Length != convolutions)
        {
            throw new ArgumentException($"The network's blocks have {convolutions} convolutions, got {flags.Length} for 8 bits.");
        }

        foreach (var flag in flags)
        {
            if (flag is not (0 or 1))
            {
                throw new ArgumentException(FormattableString.Invariant($"A convolution is in 8 bits or is not, 1 or 0, got {flag}."));
            }

            Count += (int)flag;
        }

        _flags = flags;
    }

    /// <summary>Convolutions in 8 bits.</summary>
    public int Count { get; }

    /// <summary>For each convolution 1 or 0.</summary>
    public ReadOnlySpan<float> Values => _flags;

    /// <summary>Whether a convolution of a block is in 8 bits; the projection stands behind those of the body.</summary>
    public bool this[ResidualBlock block, int convolution] => _flags[_first[block.Index] + convolution] != 0;

    /// <summary>The same for all convolutions of a block: those of the body, and then the projection.</summary>
    public bool[] Of(ResidualBlock block)
    {
        var isIn = new bool[Convolutions(block)];
        for (var i = 0; i < isIn.Length; i++)
        {
            isIn[i] = this[block, i];
        }

        return isIn;
    }

    /// <summary>Convolutions of a network's blocks.</summary>
    public static int Convolutions(BlockPlan blocks)
    {
        // A loop, as everywhere on the way of a model that is loaded: in a fresh process each query is several methods to compile.
        var count = 0;
        foreach (var block in blocks.Blocks)
        {
            count += Convolutions(block);
        }

        return count;
    }

    private static int Convolutions(ResidualBlock block) => block.Body.Count + (block.Projection is null ? 0 : 1);
}
