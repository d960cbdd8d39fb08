using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>What the user of the evidence program asked for.</summary>
internal sealed record EvidenceOptions
{
    public const string Help = """
        Trains and tests the networks of the results table on all images of an IDX data set (Fashion-MNIST).

        Usage: … evidence --data FOLDER --output FOLDER [--rows PART] [--seeds 1,2] [--epochs N] [--device NAME]
                 [--set NAME] [--labels] [--retest] [--time]
               … evidence --render [--set NAME] [--output FOLDER]

          --data FOLDER     train-images-idx3-ubyte.gz and the other three files, packed or not
          --output FOLDER   receives results.jsonl, the model of every row, and checkpoints of rows in progress; started again,
                            the program goes on where it was. Several processes may share a folder
          --set NAME        fashion (the default), or cluttered: made harder from the same files, kept in the output folder
          --rows PART       only rows whose name contains this; =NAME,NAME for those rows and no others
          --seeds LIST      only these seeds
          --epochs N        passes over the training images (default 5); results of another number do not count as done
          --device NAME     cuda:0 and the like train on a GPU (default: the processor); tests are always run on the processor
          --threads N       threads that train (default: all cores)
          --labels          chooses budgets by the accuracy on validation labels, which the tables do not: for a folder of its own
          --retest          tests the models that are there again, and trains nothing
          --time            measures the time per image of the models that are there: on a quiet machine
          --render          writes the table and the plot from the results in the repository (and in --output)
        """;

    public string Data { get; init; } = "";

    public string Output { get; init; } = "";

    public EvidenceSet Set { get; init; } = EvidenceSet.Fashion;

    public string Rows { get; init; } = "";

    public IReadOnlyList<int>? Seeds { get; init; }

    public int Epochs { get; init; } = 5;

    public string? Device { get; init; }

    public int? Threads { get; init; }

    public bool Labels { get; init; }

    public bool Retest { get; init; }

    public bool Time { get; init; }

    public bool Render { get; init; }

    /// <summary>Whether a row of this name was asked for.</summary>
    public bool Wants(string row)
        => Rows.StartsWith('=') ? Rows[1..].Split(',').Contains(row) : row.Contains(Rows, StringComparison.Ordinal);

    /// <exception cref="BenchmarkArgumentException">An argument is unknown, missing or wrong.</exception>
    public static EvidenceOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new EvidenceOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new BenchmarkArgumentException($"Option {name} needs a value.");
            options = name switch
            {
                "--data" => options with { Data = Value() },
                "--output" => options with { Output = Value() },
                "--set" => options with { Set = SetOf(Value()) },
                "--rows" => options with { Rows = Value() },
                "--seeds" => options with { Seeds = [.. Value().Split(',').Select(seed => Number(name, seed))] },
                "--epochs" => options with { Epochs = Number(name, Value()) },
                "--device" => options with { Device = Value() },
                "--threads" => options with { Threads = Number(name, Value()) },
                "--labels" => options with { Labels = true },
                "--retest" => options with { Retest = true },
                "--time" => options with { Time = true },
                "--render" => options with { Render = true },
                _ => throw new BenchmarkArgumentException($"Unknown option '{name}'.{Environment.NewLine}{Help}"),
            };
        }

        if (!options.Render && (options.Data.Length == 0 || options.Output.Length == 0))
        {
            throw new BenchmarkArgumentException(Help);
        }

        return options;
    }

    private static EvidenceSet SetOf(string name)
        => EvidenceSet.All.FirstOrDefault(set => set.Name == name) ?? throw new BenchmarkArgumentException(
            $"Option --set must be one of {string.Join(", ", EvidenceSet.All.Select(set => set.Name))}, got '{name}'.");

    private static int Number(string name, string value)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new BenchmarkArgumentException($"Option {name} must be a whole number from 1, got '{value}'.");
}
