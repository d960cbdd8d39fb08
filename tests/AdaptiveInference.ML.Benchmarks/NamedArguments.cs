using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks;

/// <summary>Arguments of a benchmark that needs files: all of them named, <c>--name value</c>.</summary>
internal sealed class NamedArguments
{
    private readonly Dictionary<string, string> _values = [];
    private readonly string _usage;

    /// <param name="args">As they were given.</param>
    /// <param name="usage">What is said where they are wrong.</param>
    /// <param name="known">All names.</param>
    /// <exception cref="BenchmarkArgumentException">An argument has no name, no value, or an unknown name.</exception>
    public NamedArguments(string[] args, string usage, params string[] known)
    {
        _usage = usage;
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length || !known.Contains(args[i][2..]))
            {
                throw new BenchmarkArgumentException(usage);
            }

            _values[args[i][2..]] = args[i + 1];
        }
    }

    /// <summary>A value that may be left out.</summary>
    public string? TextOrNull(string name) => _values.GetValueOrDefault(name);

    /// <exception cref="BenchmarkArgumentException">It was left out.</exception>
    public string Text(string name) => TextOrNull(name) ?? throw new BenchmarkArgumentException(_usage);

    /// <summary>A number above 0.</summary>
    /// <exception cref="BenchmarkArgumentException">It is none.</exception>
    public double Number(string name, double byDefault) => TextOrNull(name) is not { } text ? byDefault
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new BenchmarkArgumentException(_usage);

    /// <summary>A whole number, at least 0 or another bound.</summary>
    /// <exception cref="BenchmarkArgumentException">It is none.</exception>
    public int Whole(string name, int byDefault, int least = 0) => TextOrNull(name) is not { } text ? byDefault
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= least ? number
        : throw new BenchmarkArgumentException($"--{name} needs a whole number, at least {least}.");
}
