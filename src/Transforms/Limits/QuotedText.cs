namespace AdaptiveInference.ML.Transforms.Limits;

/// <summary>What errors quote from a file or an option, in a length that a person reads.</summary>
internal static class QuotedText
{
    // Names that exporters make of module paths are shorter.
    private const int MaximumName = 200;

    private const int MaximumNumbers = 8;

    /// <summary>A name, cut where it is long, without line breaks and other control characters.</summary>
    public static string Short(string name)
    {
        var shown = name.Length <= MaximumName ? name : name[..MaximumName] + "…";
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(letter => char.IsControl(letter) ? '?' : letter)) : shown;
    }

    /// <summary>Numbers in brackets, of a long list the first.</summary>
    public static string List<T>(IReadOnlyCollection<T> numbers)
        => $"[{string.Join(", ", numbers.Take(MaximumNumbers))}{(numbers.Count > MaximumNumbers ? ", …" : "")}]";
}
