using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Promises;

/// <summary>
/// Calibration rows: which of them choose and which certify, their labels, and how many were left out. Images are decoded a part at a time,
/// so that memory does not limit their number.
/// </summary>
/// <param name="Labels">Class of each row; <see cref="LabelColumn.Missing"/> where there are no labels.</param>
/// <param name="Certifies">Whether the row certifies, and does not choose.</param>
/// <param name="Certifying">
/// Numbers of the rows that certify. Of each group it is one, drawn by chance: the binomial tail takes rows to be independent, and those of
/// one group are not.
/// </param>
internal sealed record CalibrationRows(IReadOnlyList<int> Labels, IReadOnlyList<bool> Certifies, int[] Certifying)
{
    /// <summary>Rows that were left out because they have no label.</summary>
    public long WithoutLabel { get; private init; }

    /// <summary>Rows of classes that the network does not know, left out or not.</summary>
    public long OfOtherClasses { get; private init; }

    /// <summary>Rows that would certify if another one of their group did not.</summary>
    public long OfSameGroup => Certifies.Count(side => side) - Certifying.Length;

    /// <summary>Numbers of the rows that choose.</summary>
    public int[] Choosing => [.. Enumerable.Range(0, Labels.Count).Where(row => !Certifies[row])];

    /// <summary>Reads the data once.</summary>
    /// <param name="source">The model and the columns.</param>
    /// <param name="data">The rows.</param>
    /// <param name="seed">Splits them.</param>
    /// <param name="score">Called with each part of the rows and the number of its first one, while the images are there.</param>
    /// <exception cref="ArgumentException">Fewer than two rows can be used.</exception>
    /// <exception cref="FormatException">An image cannot be read.</exception>
    public static CalibrationRows Read(CalibrationSource source, IDataView data, int seed, Action<CalibrationPart> score)
    {
        var images = source.Images;
        var capacity = (int)Math.Clamp(ComputeBudgetImages.MaximumValues / images.Shape.Size, 64, 1 << 16);
        var (labels, certifies, groups) = (new List<int>(), new List<bool>(), new List<int?>());
        var (missing, unknown, total) = (0L, 0L, 0L);
        var (pixels, positions, slot, split) = (new List<float[]>(), new List<long>(), new ImageSlot(), new CalibrationSplit(seed));
        DataViewSchema.Column?[] columns = [images.Column, source.Label?.Column, source.Group?.Column];
        using var cursor = data.GetRowCursor(columns.OfType<DataViewSchema.Column>());
        var capture = images.BindCapture(cursor);
        var labelOf = source.Label?.Bind(cursor) ?? (() => LabelColumn.Missing);
        var groupOf = source.Group?.Bind(cursor);
        for (; cursor.MoveNext(); total++)
        {
            var label = labelOf();
            unknown += label == LabelColumn.Unknown ? 1 : 0;
            if (source.LeavesOut(label))
            {
                missing += label == LabelColumn.Missing ? 1 : 0;
                continue;
            }

            capture(slot);
            var image = new float[images.Shape.Size];
            images.Decode(slot, image, cursor.Position);
            pixels.Add(image);
            positions.Add(cursor.Position);
            labels.Add(label);
            var group = groupOf?.Invoke();
            groups.Add(group);
            certifies.Add(split.Next(group));
            if (pixels.Count == capacity)
            {
                Score();
            }
        }

        if (labels.Count < 2 || !certifies.Contains(true) || !certifies.Contains(false))
        {
            throw TooFew(source, total, labels.Count, missing, source.KeepsUnknown ? 0 : unknown);
        }

        Score();
        return new CalibrationRows(labels, certifies, OneOfEachGroup(groups, certifies, seed))
        {
            WithoutLabel = missing, OfOtherClasses = unknown,
        };

        void Score()
        {
            if (pixels.Count > 0)
            {
                var first = labels.Count - pixels.Count;
                score(new CalibrationPart(
                    new ComputeBudgetImages(source.Plan, CostUnit.Macs(source.Plan.Cost), images, pixels, positions),
                    first,
                    labels[first..],
                    certifies[first..]));
                (pixels, positions) = ([], []);
            }
        }
    }

    private static ArgumentException TooFew(CalibrationSource source, long total, int used, long missing, long unknown)
    {
        var why = CalibrationText.LeftOut(missing, unknown, sameGroup: 0);
        var advice = why.Length == 0 || used > 1
            ? ""
            : $" Is '{source.Label!.Column.Name}', which the option LabelColumnName names, the column of the true labels, mapped to keys "
                + "by the MapValueToKey of the training data?";
        return new ArgumentException(
            $"Calibration data has {ShareText.Count(total, "row")}, {ShareText.Count(used)} of which can be used"
            + (source.Group is not null && used > 1 ? " and all of which belong together" : "")
            + ". At least 2 are needed, one to choose by and one to certify; a certificate takes some hundreds." + why + advice,
            "calibrationData");
    }

    /// <summary>Numbers of the rows that certify, one of each group.</summary>
    /// <param name="groups">Group of each row; null for a row by itself.</param>
    /// <param name="certifies">Whether the row certifies.</param>
    /// <param name="seed">Draws them.</param>
    internal static int[] OneOfEachGroup(IReadOnlyList<int?> groups, IReadOnlyList<bool> certifies, int seed)
    {
        // Reservoir sampling of one row: the k-th of a group takes the place with probability 1/k.
        var (random, chosen) = (new Random(seed), new Dictionary<int, (int Row, int Seen)>());
        var alone = new List<int>();
        for (var row = 0; row < groups.Count; row++)
        {
            if (!certifies[row])
            {
                continue;
            }

            if (groups[row] is not { } group)
            {
                alone.Add(row);
                continue;
            }

            var (before, seen) = chosen.GetValueOrDefault(group, (row, 0));
            chosen[group] = (random.Next(++seen) == 0 ? row : before, seen);
        }

        return [.. alone.Concat(chosen.Values.Select(value => value.Row)).Order()];
    }
}
