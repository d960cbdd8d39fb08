namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>Name and shape of one tensor of a network.</summary>
/// <param name="name">PyTorch's name.</param>
/// <param name="shape">Sizes, outermost first.</param>
internal sealed class TensorSpec(string name, params int[] shape)
{
    public string Name { get; } = name;

    public IReadOnlyList<int> Shape => shape;

    public int Length { get; } = Product(shape);

    /// <summary>Whether it has one row for each class.</summary>
    public bool IsByClass { get; init; }

    /// <summary>Whether the values are variances, which are 0 or more.</summary>
    public bool IsVariance => Name.EndsWith(".running_var", StringComparison.Ordinal);

    private static int Product(int[] sizes)
    {
        var product = 1;
        foreach (var size in sizes)
        {
            product = checked(product * size);
        }

        return product;
    }
}
