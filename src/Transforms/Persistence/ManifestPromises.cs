using System.Text.Json;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>Writes and reads what is certified about a network.</summary>
internal static class ManifestPromises
{
    public const string Guarantee = "guarantee";
    public const string Refusal = "refusal";

    private const string MeanTimeFraction = "meanTimeFraction";
    private const string WholeNetworkAccuracy = "wholeNetworkAccuracy";
    private const string RowsNeeded = "rowsNeeded";
    private const string Threshold = "threshold";
    private const string LabelsFit = "labelsFit";
    private const string LabelsByPosition = "labelsByPosition";
    private const string RowsWithoutLabel = "rowsWithoutLabel";
    private const string RowsOfOtherClasses = "rowsOfOtherClasses";
    private const string RowsOfSameGroup = "rowsOfSameGroup";

    // The sum of three is a number of rows again.
    private const long MostRows = long.MaxValue / 4;

    public static void Write(Utf8JsonWriter writer, AccuracyGuarantee guarantee)
    {
        writer.WriteStartObject(Guarantee);
        writer.WriteNumber("rows", guarantee.Rows);
        writer.WriteNumber("errors", guarantee.Errors);
        writer.WriteNumber("maximumDrop", guarantee.MaximumDrop);
        writer.WriteNumber("confidence", guarantee.Confidence);
        writer.WriteNumber("upperBound", guarantee.UpperBound);
        writer.WriteNumber("meanComputeFraction", guarantee.MeanComputeFraction);
        if (guarantee.MeanTimeFraction is { } time)
        {
            writer.WriteNumber(MeanTimeFraction, time);
        }

        writer.WriteBoolean("hasLabels", guarantee.HasLabels);
        if (guarantee.WholeNetworkAccuracy is { } accuracy)
        {
            writer.WriteNumber(WholeNetworkAccuracy, accuracy);
        }

        WriteRows(
            writer, guarantee.LabelsFit, guarantee.LabelsByPosition, guarantee.RowsWithoutLabel, guarantee.RowsOfOtherClasses,
            guarantee.RowsOfSameGroup);
        WriteRowsNeeded(writer, guarantee.RowsNeeded);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, RefusalGuarantee refusal, string column)
    {
        writer.WriteStartObject(Refusal);
        writer.WriteString("column", column);
        writer.WriteString("score", refusal.Score.ToString());
        if (refusal.Threshold is { } threshold)
        {
            writer.WriteNumber(Threshold, threshold);
        }

        writer.WriteNumber("rows", refusal.Rows);
        writer.WriteNumber("accepted", refusal.Accepted);
        writer.WriteNumber("errors", refusal.Errors);
        writer.WriteNumber("maximumRisk", refusal.MaximumRisk);
        writer.WriteNumber("confidence", refusal.Confidence);
        writer.WriteNumber("upperBound", refusal.UpperBound);
        writer.WriteNumber("accuracy", refusal.Accuracy);
        WriteRows(
            writer, refusal.LabelsFit, refusal.LabelsByPosition, refusal.RowsWithoutLabel, refusal.RowsOfOtherClasses,
            refusal.RowsOfSameGroup);
        WriteRowsNeeded(writer, refusal.RowsNeeded);
        writer.WriteEndObject();
    }

    /// <exception cref="JsonException">It says what cannot be.</exception>
    public static AccuracyGuarantee ReadGuarantee(JsonElement element)
    {
        var part = new StrictObject($"'{Guarantee}'", element, members: 12, RowsNeeded, MeanTimeFraction, WholeNetworkAccuracy);
        var guarantee = new AccuracyGuarantee
        {
            Rows = part.Count("rows"),
            Errors = part.Count("errors"),
            MaximumDrop = part.Share("maximumDrop"),
            Confidence = part.Share("confidence"),
            UpperBound = part.Share("upperBound"),
            MeanComputeFraction = part.Double("meanComputeFraction"),
            MeanTimeFraction = part.Has(MeanTimeFraction) ? part.Double(MeanTimeFraction) : null,
            HasLabels = part.Boolean("hasLabels"),
            WholeNetworkAccuracy = part.Has(WholeNetworkAccuracy) ? part.Share(WholeNetworkAccuracy) : null,
            LabelsFit = part.Boolean(LabelsFit),
            LabelsByPosition = part.Boolean(LabelsByPosition),
            RowsWithoutLabel = Rows(part, RowsWithoutLabel),
            RowsOfOtherClasses = Rows(part, RowsOfOtherClasses),
            RowsOfSameGroup = Rows(part, RowsOfSameGroup),
            RowsNeeded = part.Has(RowsNeeded) ? part.Count(RowsNeeded) : null,
        };
        return guarantee.Errors <= guarantee.Rows
            && guarantee.HasLabels == guarantee.WholeNetworkAccuracy is not null && (guarantee.HasLabels || guarantee.LabelsFit)
            && (guarantee.LabelsFit || guarantee.RowsNeeded is not null)
            && guarantee.MeanComputeFraction >= 0 && double.IsFinite(guarantee.MeanComputeFraction)
            && guarantee.MeanTimeFraction is null or (>= 0 and <= double.MaxValue)
            && CanBe(guarantee.RowsNeeded is null, guarantee.Rows, guarantee.UpperBound, guarantee.MaximumDrop, guarantee.Confidence)
                ? guarantee
                : throw new JsonException($"'{Guarantee}' has more errors than rows, no possible compute, labels without an accuracy or "
                    + "an accuracy without labels, or certifies what it cannot.");
    }

    /// <exception cref="JsonException">It says what cannot be.</exception>
    public static (RefusalGuarantee Refusal, string Column) ReadRefusal(JsonElement element)
    {
        var part = new StrictObject($"'{Refusal}'", element, members: 14, RowsNeeded, Threshold);
        var refusal = new RefusalGuarantee
        {
            Score = part.Name<RefusalScore>("score"),
            Threshold = part.Has(Threshold) ? part.Number(Threshold) : null,
            Rows = part.Count("rows"),
            Accepted = part.Count("accepted"),
            Errors = part.Count("errors"),
            MaximumRisk = part.Share("maximumRisk"),
            Confidence = part.Share("confidence"),
            UpperBound = part.Share("upperBound"),
            Accuracy = part.Share("accuracy"),
            LabelsFit = part.Boolean(LabelsFit),
            LabelsByPosition = part.Boolean(LabelsByPosition),
            RowsWithoutLabel = Rows(part, RowsWithoutLabel),
            RowsOfOtherClasses = Rows(part, RowsOfOtherClasses),
            RowsOfSameGroup = Rows(part, RowsOfSameGroup),
            RowsNeeded = part.Has(RowsNeeded) ? part.Count(RowsNeeded) : null,
        };
        return refusal.Errors <= refusal.Accepted && refusal.Accepted <= refusal.Rows
            && float.IsFinite(refusal.Threshold ?? 0) && (refusal.Threshold is null) == (refusal.RowsNeeded is not null)
            && CanBe(refusal.RowsNeeded is null, refusal.Accepted, refusal.UpperBound, refusal.MaximumRisk, refusal.Confidence)
                ? (refusal, part.Text("column"))
                : throw new JsonException($"'{Refusal}' has more errors than accepted rows, more of those than rows, or no threshold.");
    }

    // A bound above what was promised certifies nothing.
    private static bool CanBe(bool isCertified, long rows, double bound, double promised, double confidence)
    {
        const double Rounding = 1e-9;
        return promised is > 0 and < 1 && confidence is > 0 and < 1 && (!isCertified || (rows > 0 && bound <= promised + Rounding));
    }

    private static long Rows(StrictObject part, string name)
        => part.Count(name) is <= MostRows and var rows ? rows : throw new JsonException($"'{name}' is no possible number of rows.");

    private static void WriteRows(Utf8JsonWriter writer, bool fit, bool byPosition, long withoutLabel, long otherClasses, long sameGroup)
    {
        writer.WriteBoolean(LabelsFit, fit);
        writer.WriteBoolean(LabelsByPosition, byPosition);
        writer.WriteNumber(RowsWithoutLabel, withoutLabel);
        writer.WriteNumber(RowsOfOtherClasses, otherClasses);
        writer.WriteNumber(RowsOfSameGroup, sameGroup);
    }

    private static void WriteRowsNeeded(Utf8JsonWriter writer, long? rows)
    {
        if (rows is { } needed)
        {
            writer.WriteNumber(RowsNeeded, needed);
        }
    }
}
