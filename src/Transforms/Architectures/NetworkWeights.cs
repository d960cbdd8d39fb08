namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>
/// The values of a network's tensors by name, in the order of <see cref="WeightLayout"/>. Never changed after it is made.
/// </summary>
internal sealed class NetworkWeights
{
    private readonly Dictionary<string, float[]> _values;

    /// <summary>Takes the arrays over without copying them.</summary>
    /// <exception cref="ArgumentException">
    /// A tensor is missing, of another length or not part of the network, or a variance is negative.
    /// </exception>
    public NetworkWeights(BlockPlan plan, IReadOnlyDictionary<string, float[]> values)
    {
        Layout = WeightLayout.Of(plan);
        _values = new Dictionary<string, float[]>(Layout.Count);
        foreach (var tensor in Layout)
        {
            if (!values.TryGetValue(tensor.Name, out var array) || array.Length != tensor.Length)
            {
                throw new ArgumentException(
                    $"Tensor '{tensor.Name}' must hold {tensor.Length} values, got {(array is null ? "none" : array.Length)}.");
            }

            // Of a negative variance the square root is NaN, and every answer of the network with it.
            if (tensor.IsVariance && HasNegative(array))
            {
                throw new ArgumentException($"Tensor '{tensor.Name}' holds a negative variance.");
            }

            _values.Add(tensor.Name, array);
        }

        if (values.Count != Layout.Count)
        {
            throw new ArgumentException($"Expected {Layout.Count} tensors, got {values.Count}.");
        }
    }

    /// <summary>Names and shapes in storage order.</summary>
    public IReadOnlyList<TensorSpec> Layout { get; }

    /// <summary>Values in row-major order (PyTorch's).</summary>
    public ReadOnlySpan<float> this[string name] => _values[name];

    /// <summary>The same for those who keep them; not to be written.</summary>
    public float[] Array(string name) => _values[name];

    /// <summary>Whether the network has a tensor of this name.</summary>
    public bool Contains(string name) => _values.ContainsKey(name);

    // A loop, because every load of a model runs this, and a predicate would be two more methods to compile.
    private static bool HasNegative(float[] values)
    {
        foreach (var value in values)
        {
            if (!(value >= 0))
            {
                return true;
            }
        }

        return false;
    }
}
