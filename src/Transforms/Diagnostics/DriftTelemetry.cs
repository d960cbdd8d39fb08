namespace AdaptiveInference.ML.Transforms.Diagnostics;

/// <summary>Metrics of drift monitors. They change with each check, which costs as much as the whole network.</summary>
internal static class DriftTelemetry
{
    /// <summary>Whether anybody listens.</summary>
    public static bool IsWanted
        => Instruments.DriftChecks.Enabled || Instruments.DriftLevel.Enabled || Instruments.DriftVerdict.Enabled;

    /// <summary>Counts a check and tells what the monitor says after it.</summary>
    public static void Checked(string monitor, bool disagrees, int verdict, double level)
    {
        var name = new KeyValuePair<string, object?>(TagNames.Monitor, monitor);
        Instruments.DriftChecks.Add(1, name, new KeyValuePair<string, object?>(TagNames.Agrees, !disagrees));
        Instruments.DriftLevel.Record(level, name);
        Instruments.DriftVerdict.Record(verdict, name);
    }
}
