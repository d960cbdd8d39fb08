namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>
/// Halves rows as they come: of every two groups one chooses and one certifies, and a coin says which. A row without a group is one by
/// itself.
/// </summary>
internal sealed class CalibrationHalves(int seed)
{
    private readonly Random _coin = new(seed);
    private readonly Dictionary<int, bool> _sides = [];
    private bool? _other;

    /// <summary>Whether the next row certifies.</summary>
    public bool Next(int? group)
    {
        if (group is not { } number)
        {
            return Toss();
        }

        if (!_sides.TryGetValue(number, out var side))
        {
            _sides.Add(number, side = Toss());
        }

        return side;
    }

    private bool Toss()
    {
        if (_other is { } other)
        {
            _other = null;
            return other;
        }

        var side = _coin.Next(2) == 0;
        _other = !side;
        return side;
    }
}
