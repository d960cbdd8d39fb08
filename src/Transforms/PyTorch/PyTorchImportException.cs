using System.Text;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// A checkpoint does not hold the tensors of the network that was asked for. The message reports all differences at once: a wrong depth, a
/// wrong gate and a damaged file look different there.
/// </summary>
public sealed class PyTorchImportException : FormatException
{
    // Enough to see the pattern; a wrong depth alone makes hundreds.
    private const int LinesPerPart = 12;

    internal PyTorchImportException(
        string path, string network, string? note,
        IReadOnlyList<string> missing, IReadOnlyList<string> unexpected, IReadOnlyList<string> invalid)
        : base(Report(path, network, note, missing, unexpected, invalid))
    {
        MissingTensors = missing;
        UnexpectedTensors = unexpected;
        InvalidTensors = invalid;
    }

    /// <summary>Names that the network needs and the checkpoint lacks.</summary>
    public IReadOnlyList<string> MissingTensors { get; }

    /// <summary>Names in the checkpoint that the network does not have, without a prefix that all names share.</summary>
    public IReadOnlyList<string> UnexpectedTensors { get; }

    /// <summary>Tensors of a wrong shape, type or content, each with what was expected and what was found.</summary>
    public IReadOnlyList<string> InvalidTensors { get; }

    private static string Report(
        string path, string network, string? note,
        IReadOnlyList<string> missing, IReadOnlyList<string> unexpected, IReadOnlyList<string> invalid)
    {
        var report = new StringBuilder()
            .Append($"Checkpoint '{path}' does not match {network}: ")
            .Append($"{missing.Count} missing, {unexpected.Count} unexpected, {invalid.Count} invalid tensors.");
        if (note is not null)
        {
            report.Append(' ').Append(note);
        }

        Append(report, "Missing", missing);
        Append(report, "Unexpected", unexpected);
        Append(report, "Invalid", invalid);
        return report.ToString();
    }

    private static void Append(StringBuilder report, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        report.AppendLine().Append(title).Append(':');
        foreach (var line in lines.Take(LinesPerPart))
        {
            report.AppendLine().Append("  ").Append(line);
        }

        if (lines.Count > LinesPerPart)
        {
            report.AppendLine().Append($"  … and {lines.Count - LinesPerPart} more");
        }
    }
}
