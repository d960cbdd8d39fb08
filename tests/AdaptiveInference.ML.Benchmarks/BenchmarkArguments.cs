using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks;

/// <summary>An argument that a benchmark does not understand.</summary>
internal sealed class BenchmarkArgumentException(string message) : Exception(message);

/// <summary>
/// Arguments of one benchmark: plain words choose subjects by name or part of a name, none chooses all; <c>--name value</c> sets a number.
/// </summary>
internal sealed class BenchmarkArguments
{
    private readonly List<string> _words = [];
    private readonly Dictionary<string, int> _numbers = [];

    /// <exception cref="BenchmarkArgumentException">An option is unknown or has no number.</exception>
    public BenchmarkArguments(string[] args, params string[] options)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                _words.Add(args[i]);
                continue;
            }

            var option = args[i][2..];
            if (!options.Contains(option))
            {
                throw new BenchmarkArgumentException($"There is no option --{option}; there are: --{string.Join(", --", options)}.");
            }

            if (++i == args.Length || !int.TryParse(args[i], CultureInfo.InvariantCulture, out var number))
            {
                throw new BenchmarkArgumentException($"--{option} needs a whole number.");
            }

            _numbers[option] = number;
        }
    }

    /// <summary>The number given for an option, or the default.</summary>
    public int Number(string option, int byDefault) => _numbers.GetValueOrDefault(option, byDefault);

    /// <summary>The subjects chosen. A word that is a whole name chooses that one alone.</summary>
    /// <exception cref="BenchmarkArgumentException">A word chooses nothing.</exception>
    public IReadOnlyList<T> Choose<T>(IReadOnlyList<T> subjects, Func<T, string> nameOf)
    {
        if (_words.Count == 0)
        {
            return subjects;
        }

        var chosen = _words.SelectMany(word => Matching(word, subjects, nameOf)).ToHashSet();
        return [.. subjects.Where(chosen.Contains)];
    }

    private static List<T> Matching<T>(string word, IReadOnlyList<T> subjects, Func<T, string> nameOf)
    {
        var exact = subjects.Where(subject => nameOf(subject).Equals(word, StringComparison.OrdinalIgnoreCase)).ToList();
        var found = exact.Count > 0
            ? exact
            : subjects.Where(subject => nameOf(subject).Contains(word, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count > 0
            ? found
            : throw new BenchmarkArgumentException($"Nothing is named '{word}'; there are: {string.Join(", ", subjects.Select(nameOf))}.");
    }
}
