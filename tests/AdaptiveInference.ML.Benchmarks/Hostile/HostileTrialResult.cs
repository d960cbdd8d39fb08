using AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AdaptiveInference.ML.Benchmarks.Hostile;

/// <summary>How one file fared, on one line between processes.</summary>
/// <param name="Number">The file's number.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Milliseconds">Loading and scoring.</param>
/// <param name="ProcessorMilliseconds">The same in processor time of all threads, which other processes do not lengthen.</param>
/// <param name="Megabytes">Growth of the process at its peak.</param>
/// <param name="What">What had been done to the file.</param>
/// <param name="Message">Why it was refused, or what went wrong.</param>
internal sealed partial record HostileTrialResult(
    int Number, HostileOutcome Outcome, double Milliseconds, double ProcessorMilliseconds, double Megabytes, string What, string Message)
{
    /// <summary>The message without what differs from file to file.</summary>
    public string Reason => Short(Varying().Replace(Message, "…"), 140);

    public static HostileTrialResult Parse(string line)
    {
        var parts = line.Split('\t');
        return new HostileTrialResult(
            int.Parse(parts[0], CultureInfo.InvariantCulture),
            Enum.Parse<HostileOutcome>(parts[1]),
            double.Parse(parts[2], CultureInfo.InvariantCulture),
            double.Parse(parts[3], CultureInfo.InvariantCulture),
            double.Parse(parts[4], CultureInfo.InvariantCulture),
            parts[5],
            parts[6]);
    }

    public string ToLine()
        => string.Join(
            '\t', $"{Number}", $"{Outcome}", Text(Milliseconds), Text(ProcessorMilliseconds), Text(Megabytes), Flat(What), Flat(Message));

    public override string ToString()
        => $"{Number,6}  {Outcome}  {Text(Milliseconds)} ms ({Text(ProcessorMilliseconds)} of processors)  {Text(Megabytes)} MB  [{What}]  "
            + Short(Message, 260);

    private static string Text(double number) => number.ToString("F0", CultureInfo.InvariantCulture);

    private static string Short(string text, int length) => text[..Math.Min(length, text.Length)];

    private static string Flat(string text) => Short(text.ReplaceLineEndings(" ").Replace('\t', ' '), 900);

    [GeneratedRegex(@"'[^']*'|[\d,.×]*\d")]
    private static partial Regex Varying();
}
