namespace AdaptiveInference.ML.Transforms.Model;

/// <summary>Names of classes in messages: all of them where they are few.</summary>
internal static class ClassList
{
    /// <summary>Names that a sentence can hold.</summary>
    private const int Most = 10;

    private const int Shown = 3;

    // Names in a warning, of which there may be several.
    private const int Warned = 5;

    /// <summary>The names, or the first of many and how many there are.</summary>
    public static string List(IReadOnlyList<string> names)
        => names.Count <= Most ? string.Join(", ", names) : $"{string.Join(", ", names.Take(Shown))}, … ({names.Count} in all)";

    /// <summary>The names, or the first five and how many there are.</summary>
    public static string Few(IReadOnlyList<string> names)
        => names.Count <= Warned ? string.Join(", ", names) : $"{string.Join(", ", names.Take(Warned))}, … ({names.Count} in all)";

    /// <summary>Two sets of classes beside each other: of many, those from the first difference on.</summary>
    public static (string First, string Second) Compare(ClassLabels first, ClassLabels second)
    {
        if (Math.Max(first.Count, second.Count) <= Most)
        {
            return (Whole(first), Whole(second));
        }

        var same = first.Names.Zip(second.Names).TakeWhile(pair => pair.First == pair.Second).Count();
        return (From(first, same), From(second, same));
    }

    private static string Whole(ClassLabels classes)
        => classes.Count == 0 ? "no classes"
            : classes.ValueTexts is null ? $"{classes.Count} numbers without key values" : string.Join(", ", classes.Names);

    private static string From(ClassLabels classes, int start)
        => classes.Count == 0 ? "no classes"
            : classes.ValueTexts is null ? $"{classes.Count} numbers without key values"
            : start >= classes.Count ? $"{classes.Count} classes"
            : start == 0 && classes.Count <= Most ? string.Join(", ", classes.Names)
            : $"{classes.Count} classes, from the {start + 1}. on {string.Join(", ", classes.Names.Skip(start).Take(Shown))}"
                + (start + Shown < classes.Count ? ", …" : "");
}
