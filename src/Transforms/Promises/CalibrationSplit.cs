namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>
/// Splits rows as they come: of every three groups one chooses and two certify, and chance says which. A row without a group is one by
/// itself.
/// </summary>
/// <remarks>
/// What is promised is as bold as the rows that certify allow, and a setting is found by fewer: certificates by two thirds of the rows save
/// more than by half, and than by five sixths, for which too few choose.
/// </remarks>
internal sealed class CalibrationSplit(int seed)
{
    /// <summary>Groups, one of which chooses.</summary>
    public const int Groups = 3;

    private readonly Random _random = new(seed);
    private readonly Dictionary<int, bool> _sides = [];
    private int _chooses;
    private int _place = -1;

    /// <summary>Whether the next row certifies.</summary>
    public bool Next(int? group)
    {
        if (group is not { } number)
        {
            return Draw();
        }

        if (!_sides.TryGetValue(number, out var side))
        {
            _sides.Add(number, side = Draw());
        }

        return side;
    }

    private bool Draw()
    {
        // Of the very first two one chooses already, so that two rows are enough for both.
        if (_place is -1 or Groups)
        {
            _chooses = _random.Next(_place < 0 ? Groups - 1 : Groups);
            _place = 0;
        }

        return _place++ != _chooses;
    }
}
