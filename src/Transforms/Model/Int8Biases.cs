using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// What is added to each output of a convolution in 8 bits, so that it is as large on average as in 32: rounded weights and values err to
/// one side.
/// </summary>
internal sealed class Int8Biases
{
    private readonly float[] _values;
    private readonly int[][] _first;

    /// <summary>Takes the biases.</summary>
    /// <param name="blocks">The network.</param>
    /// <param name="values">
    /// For each convolution, block after block, those of the body and then the projection, one number for each output; of convolutions that
    /// are not in 8 bits without meaning.
    /// </param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public Int8Biases(BlockPlan blocks, float[] values)
    {
        _first = new int[blocks.Blocks.Count][];
        var count = 0;
        foreach (var block in blocks.Blocks)
        {
            var first = _first[block.Index] = new int[block.Body.Count + 1];
            for (var i = 0; i < block.Body.Count; i++)
            {
                first[i] = count;
                count += block.Body[i].Outputs;
            }

            first[^1] = count;
            count += block.Projection?.Outputs ?? 0;
        }

        if (values.Length != count)
        {
            throw new ArgumentException($"Convolutions of the network's blocks have {count} outputs, got {values.Length} biases.");
        }

        _values = values;
    }

    /// <summary>All biases.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>Those of a convolution of a block; the projection stands behind those of the body.</summary>
    public ReadOnlySpan<float> this[ResidualBlock block, int convolution]
        => _values.AsSpan(
            _first[block.Index][convolution], (convolution < block.Body.Count ? block.Body[convolution] : block.Projection!).Outputs);

    /// <summary>Outputs of all convolutions of a network's blocks.</summary>
    public static int Count(BlockPlan blocks)
    {
        // A loop, as everywhere on the way of a model that is loaded: in a fresh process each query is several methods to compile.
        var count = 0;
        foreach (var block in blocks.Blocks)
        {
            foreach (var layer in block.Body)
            {
                count += layer.Outputs;
            }

            count += block.Projection?.Outputs ?? 0;
        }

        return count;
    }
}
