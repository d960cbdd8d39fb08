namespace AdaptiveInference.ML.Training.Data;

/// <summary>Which images are held out for validation where those of one group stay together.</summary>
internal static class GroupSplit
{
    /// <summary>
    /// Holds out whole groups so that every class has nearly the same share held out. Groups are gone through from the largest to the
    /// smallest, those of one size in random order: at first each is held out that fits into the shares of its classes; then, as long as
    /// too few images are held out in all, each whose classes still lack some. Every class keeps an image to train on. Both parts keep the
    /// order of the data.
    /// </summary>
    /// <param name="labels">Class of each image.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="groups">Group of each image, numbered from 0.</param>
    /// <param name="heldOut">Share to hold out, above 0 and less than 1.</param>
    /// <param name="seed">Which groups are held out.</param>
    /// <param name="column">Name of the column of groups, for messages.</param>
    /// <exception cref="ArgumentException">No group can be held out.</exception>
    public static (int[] Training, int[] Validation) Of(
        IReadOnlyList<int> labels, int classes, IReadOnlyList<int> groups, float heldOut, int seed, string column)
    {
        var order = Order(groups, seed);
        if (order.Count == 1)
        {
            throw new ArgumentException(
                $"Validation group column '{column}' must have at least two groups, and all {labels.Count} rows are of one. Choose another "
                + "column, give a ValidationSet, or leave ValidationGroupColumnName out.");
        }

        var balance = new Balance(labels, classes, heldOut);
        var fitting = order.Where(group => balance.TryTake(group, balance.Fits(group))).ToList();
        var more = order.Except(fitting).Where(group => balance.TryTake(group, balance.WantsMore(group)));
        var chosen = fitting.Concat(more).SelectMany(group => group).ToHashSet();
        if (chosen.Count == 0)
        {
            // Groups are larger than the share: the one that overshoots least.
            chosen = order.Where(balance.CanSpare).MinBy(balance.Change)?.ToHashSet() ?? throw new ArgumentException(
                $"No group of validation group column '{column}' can be held out: each of the {order.Count} has all rows of a class, which "
                + "then could not be learnt. Choose another column, give a ValidationSet, or leave ValidationGroupColumnName out.");
        }

        return ([.. Enumerable.Range(0, labels.Count).Where(image => !chosen.Contains(image))], [.. chosen.Order()]);
    }

    private static List<List<int>> Order(IReadOnlyList<int> groups, int seed)
    {
        var members = Enumerable.Range(0, groups.Count).GroupBy(image => groups[image]).Select(group => group.ToList()).ToArray();
        RandomStream.Of(seed, RandomStream.Purpose.Split).Shuffle(members.AsSpan());
        return [.. members.OrderByDescending(group => group.Count)];
    }

    /// <summary>How many images of each class are held out, and should be.</summary>
    private sealed class Balance(IReadOnlyList<int> labels, int classes, float heldOut)
    {
        // A share is in single precision: a tenth of 20 is not quite 2.
        private const double Rounding = 1e-3;

        private readonly double[] _missing = [.. Counts(labels, classes).Select(count => count * (double)heldOut)];
        private readonly int[] _left = Counts(labels, classes);
        private double _missingOfAll = labels.Count * (double)heldOut;

        /// <summary>Whether every class has an image left without these.</summary>
        public bool CanSpare(List<int> images) => Of(images).All(part => _left[part.Class] > part.Count);

        /// <summary>By how much the squared distance of all classes from their shares grows with these.</summary>
        public double Change(List<int> images) => Of(images).Sum(part => Growth(_missing[part.Class], part.Count));

        /// <summary>Whether no class gets more than its share with these.</summary>
        public bool Fits(List<int> images) => Of(images).All(part => part.Count <= _missing[part.Class] + Rounding);

        /// <summary>Whether these bring the number of all images nearer to its share, from classes that lack some.</summary>
        public bool WantsMore(List<int> images)
            => Growth(_missingOfAll, images.Count) < -Rounding && Of(images).All(part => _missing[part.Class] > Rounding);

        /// <summary>Holds them out where that is wanted and can be.</summary>
        public bool TryTake(List<int> images, bool isWanted)
        {
            if (!isWanted || !CanSpare(images))
            {
                return false;
            }

            foreach (var (label, count) in Of(images))
            {
                _missing[label] -= count;
                _left[label] -= count;
            }

            _missingOfAll -= images.Count;
            return true;
        }

        // (missing − count)² − missing²
        private static double Growth(double missing, int count) => count * (count - (2 * missing));

        private static int[] Counts(IReadOnlyList<int> labels, int classes)
        {
            var counts = new int[classes];
            foreach (var label in labels)
            {
                counts[label]++;
            }

            return counts;
        }

        private IEnumerable<(int Class, int Count)> Of(List<int> images)
            => images.GroupBy(image => labels[image]).Select(part => (part.Key, part.Count()));
    }
}
