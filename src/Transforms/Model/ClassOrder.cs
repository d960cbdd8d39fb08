namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>
/// Where the classes of one set stand in another: two data sets, or a model and data, may know the same classes in different orders,
/// because every <c>MapValueToKey</c> counts them as it meets them.
/// </summary>
/// <remarks>
/// Classes are the same when their key values are the same text in the invariant culture, so that 7 of a column of numbers is "7" of a
/// column of text. Keys without values are known by their numbers from 0; where these are not the other side's values, all that is left is
/// to take both sides as they stand, which takes equally many classes.
/// </remarks>
internal sealed class ClassOrder
{
    /// <summary>Place of a class that the other set lacks. Not the place of a missing label, <see cref="KeyReader.Missing"/>.</summary>
    public const int Unknown = -2;

    private readonly int[] _places;

    private ClassOrder(ClassLabels classes, int[] places, string? twice, bool isByPosition)
    {
        _places = places;
        Twice = twice;
        IsByPosition = isByPosition;
        Lacking = [.. classes.Names.Where((_, i) => places[i] == Unknown)];
    }

    /// <summary>Names of the classes that the other set lacks.</summary>
    public IReadOnlyList<string> Lacking { get; }

    /// <summary>Whether the other set has every class.</summary>
    public bool IsWhole => Lacking.Count == 0;

    /// <summary>Whether the sets have a class in common.</summary>
    public bool HasAny => Lacking.Count < _places.Length;

    /// <summary>A class of both sets that one of them has twice, so that it has no place; null when there is none.</summary>
    public string? Twice { get; }

    /// <summary>
    /// Whether there were no names to compare, so that the n-th class of one set was taken for the n-th of the other: nothing can notice
    /// that they are other classes, or the same in another order.
    /// </summary>
    public bool IsByPosition { get; }

    /// <summary>Place of each class in the other set, or <see cref="Unknown"/>.</summary>
    public IReadOnlyList<int> Places => _places;

    /// <summary>Place of a class; a missing label stays one.</summary>
    public int this[int index] => index < 0 ? index : _places[index];

    /// <summary>Finds the place of each class of a set in another set.</summary>
    public static ClassOrder Of(ClassLabels classes, ClassLabels others)
    {
        var (own, other) = (Texts(classes), Texts(others));
        var hasValues = classes.ValueTexts is not null && others.ValueTexts is not null;
        var areBare = classes.ValueTexts is null && others.ValueTexts is null;
        var areSame = own.SequenceEqual(other);
        if (areSame || (!hasValues && own.Count == other.Count && !own.ToHashSet().SetEquals(other)))
        {
            return new ClassOrder(classes, [.. Enumerable.Range(0, own.Count)], twice: null, !areSame || areBare);
        }

        if (!hasValues && own.Count != other.Count && (classes.ValueTexts ?? others.ValueTexts) is not null)
        {
            return new ClassOrder(classes, [.. own.Select(_ => Unknown)], twice: null, isByPosition: false);
        }

        var places = new Dictionary<string, int>();
        var several = own.GroupBy(text => text).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        for (var i = 0; i < other.Count; i++)
        {
            if (!places.TryAdd(other[i], i))
            {
                several.Add(other[i]);
            }
        }

        return new ClassOrder(
            classes, [.. own.Select(text => several.Contains(text) ? Unknown : places.GetValueOrDefault(text, Unknown))],
            own.FirstOrDefault(text => several.Contains(text) && places.ContainsKey(text)), areBare);
    }

    private static IReadOnlyList<string> Texts(ClassLabels classes) => classes.ValueTexts ?? classes.Names;
}
