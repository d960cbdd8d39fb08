namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>One fit of a cross-validation: rows to learn from, and rows to judge by.</summary>
/// <param name="Learning">Numbers of rows.</param>
/// <param name="Judging">Numbers of rows.</param>
internal sealed record RowFold(int[] Learning, int[] Judging)
{
    /// <summary>
    /// Parts in each of which another share of every class is held out, as far as groups allow, which stay together. Each row is held out
    /// once, but for those of a class that stands in one part alone.
    /// </summary>
    /// <param name="labels">Class of each row.</param>
    /// <param name="groups">Group of each row, numbered from 0.</param>
    /// <param name="parts">Number of parts; fewer where there are fewer groups.</param>
    /// <param name="seed">Which groups go together.</param>
    public static RowFold[] Folds(IReadOnlyList<int> labels, IReadOnlyList<int> groups, int parts, int seed)
    {
        var foldOf = FoldOfGroups(labels, groups, parts, seed);
        var count = foldOf.Max() + 1;
        var rows = Enumerable.Range(0, labels.Count).ToArray();
        return
        [
            .. Enumerable.Range(0, count).Select(fold => Of(
                labels, [.. rows.Where(row => foldOf[groups[row]] != fold)], rows.Where(row => foldOf[groups[row]] == fold))),
        ];
    }

    /// <summary>One part. Nothing can be learnt from how a class is answered that no row teaches: such rows do not judge.</summary>
    /// <param name="labels">Class of each row.</param>
    /// <param name="learning">Numbers of rows.</param>
    /// <param name="judging">Numbers of rows.</param>
    public static RowFold Of(IReadOnlyList<int> labels, int[] learning, IEnumerable<int> judging)
    {
        var taught = learning.Select(row => labels[row]).ToHashSet();
        return new RowFold(learning, [.. judging.Where(row => taught.Contains(labels[row]))]);
    }

    // Class by class, largest groups first: each group goes where there are fewest rows of its most frequent class, and of those where
    // there are fewest rows at all.
    private static int[] FoldOfGroups(IReadOnlyList<int> labels, IReadOnlyList<int> groups, int parts, int seed)
    {
        var members = Enumerable.Range(0, labels.Count)
            .GroupBy(row => groups[row]).ToDictionary(group => group.Key, group => group.ToArray());
        var order = members.Keys.Order().ToArray();
        new Random(seed).Shuffle(order);
        parts = Math.Min(parts, order.Length);
        var main = order.ToDictionary(
            group => group,
            group => members[group].CountBy(row => labels[row]).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key);
        var ofClass = new int[parts, labels.Max() + 1];
        var ofAll = new int[parts];
        var foldOf = new int[order.Max() + 1];
        foreach (var group in order.OrderBy(group => main[group]).ThenByDescending(group => members[group].Length))
        {
            var fold = Enumerable.Range(0, parts).MinBy(part => (ofClass[part, main[group]], ofAll[part]));
            foldOf[group] = fold;
            ofAll[fold] += members[group].Length;
            foreach (var row in members[group])
            {
                ofClass[fold, labels[row]]++;
            }
        }

        return foldOf;
    }
}
