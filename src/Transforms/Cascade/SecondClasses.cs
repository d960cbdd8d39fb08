using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>Where the classes of the first model stand among the scores of the second, by their names.</summary>
/// <remarks>
/// Both must know the same ones. A class that only the second knows could not be said, and to leave it out would answer with another class
/// than it means; one that only the first knows would be missed in every row that the second answers.
/// </remarks>
internal static class SecondClasses
{
    /// <summary>Compares what is known without data: networks name their classes themselves, other models do on their columns.</summary>
    /// <exception cref="ArgumentException">They are not the same.</exception>
    public static void CheckEarly(ClassLabels first, ITransformer second, IReadOnlyList<string>? given)
    {
        var network = second is CascadeTransformer cascade ? cascade.First : NetworkSearch.OnlyOrNull(second);
        if (second is GatedResNetTransformer { HasClasses: false })
        {
            throw new ArgumentException("The second model of a cascade has no classes, so that it cannot classify.", nameof(second));
        }

        if (given is not null)
        {
            CheckGiven(given, network is { HasClasses: true } ? Names(network.Model.Classes) : []);
            _ = Match(Names(first), given);
        }
        else if (network is { HasClasses: true })
        {
            _ = Match(Names(first), Names(network.Model.Classes));
        }
    }

    /// <summary>Index of the second model's score for each class of the first.</summary>
    /// <param name="first">The first model's classes.</param>
    /// <param name="score">The second model's scores, of known size.</param>
    /// <param name="label">Its predicted label, if it has one.</param>
    /// <param name="given">Names that its user gives.</param>
    /// <exception cref="ArgumentException">They are not the same, or the second model does not name them.</exception>
    public static int[] Order(ClassLabels first, DataViewSchema.Column score, DataViewSchema.Column? label, IReadOnlyList<string>? given)
    {
        var count = ((VectorDataViewType)score.Type).Size;
        if (given is not null && given.Count != count)
        {
            throw new ArgumentException(
                $"SecondClassNames has {given.Count} names, and the second model makes {count} scores in column '{score.Name}'.");
        }

        IReadOnlyList<string>? own = Texts(score, AnnotationNames.TrainingLabelValues, count)
            ?? Texts(score, AnnotationNames.SlotNames, count)
            ?? (label is { } column ? Texts(column, AnnotationNames.KeyValues, count) : null);
        CheckGiven(given ?? [], own ?? []);
        var names = given ?? own;
        if (names is null && first.ValueTexts is null && first.Count == count)
        {
            // Neither has more than numbers, and these are the order.
            return [.. Enumerable.Range(0, count)];
        }

        return names is not null ? Match(Names(first), names) : throw new ArgumentException(
            $"The scores of the second model in column '{score.Name}' do not say of which classes they are, and their order may be another "
            + $"than the first model's ({ClassList.List(first.Names)}). Name them in CascadeOptions.SecondClassNames, in the order of the "
            + "scores.");
    }

    // Names given in another order would give every answer another meaning; names of the user's own are his to know.
    private static void CheckGiven(IReadOnlyList<string> given, IReadOnlyList<string> own)
    {
        for (var i = 0; i < Math.Min(given.Count, own.Count); i++)
        {
            if (given[i] != own[i] && own.Contains(given[i]))
            {
                throw new ArgumentException(
                    $"SecondClassNames must have the order of the second model's scores, which name their classes themselves "
                    + $"({ClassList.List(own)}): got '{given[i]}' in the place of '{own[i]}'. Leave SecondClassNames out: classes are "
                    + "matched by name.");
            }
        }
    }

    private static IReadOnlyList<string> Names(ClassLabels classes) => classes.ValueTexts ?? classes.Names;

    private static string[]? Texts(DataViewSchema.Column column, string kind, int count)
        => column.Annotations.Schema.GetColumnOrNull(kind) is { Type: VectorDataViewType vector } && vector.Size == count
            ? LabelValues.Read(column.Annotations, kind, vector.ItemType)?.ToTexts()
            : null;

    private static int[] Match(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        var places = new Dictionary<string, int>();
        for (var i = 0; i < second.Count; i++)
        {
            if (!places.TryAdd(second[i], i))
            {
                throw new ArgumentException(
                    $"The second model of the cascade has class '{second[i]}' twice, so that its scores cannot be told apart by name.");
            }
        }

        string[] missing = [.. first.Where(name => !places.ContainsKey(name))];
        string[] additional = [.. second.Except(first)];
        if (missing.Length == 0 && additional.Length == 0 && first.Count == second.Count)
        {
            return [.. first.Select(name => places[name])];
        }

        var lacks = missing.Length > 0 ? $" The second lacks: {ClassList.List(missing)}." : "";
        var alone = additional.Length > 0 ? $" Only the second has: {ClassList.List(additional)}." : "";
        throw new ArgumentException(
            $"Both models of a cascade must have the same classes by name, in any order.{lacks}{alone} Train both on the same labels, or "
            + "name the second model's scores in CascadeOptions.SecondClassNames.");
    }
}
