using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>What the user of the program asked for.</summary>
internal sealed record FewImagesOptions
{
    public const string Help = """
        A few hundred labelled colour images: ways from a pretrained network to a model, and from image files to labels.

        Usage: … few-images --data FOLDER --output FOLDER [--rows PART] [--sizes 10,30,all] [--seeds 1,2,3] [--epochs N]
               … few-images --data FOLDER --output FOLDER --time | --time-fit | --publish
               … few-images --data FOLDER --render [--output FOLDER]

          --data FOLDER     train/CLASS/NAME.png, val/…, test/…; files of one name but for what stands behind the last hyphen show one
                            object and stay together
          --output FOLDER   receives results.jsonl and the models; started again, the program goes on with what is missing
          --rows PART       only rows whose name contains this (or one of several parts, with commas)
          --sizes LIST      labelled images a class, "all" for all, "train" for those of train alone
          --seeds LIST      only these seeds
          --epochs N        of rows that train a network, in place of their own number; results are not told apart
          --precision NAME  single or mixed, of rows that train a network (default: as the processor decides); results are not told apart
          --time            time per image of the models that are there, from file to label, in turns: on a quiet machine
          --time-fit        time to fit exit heads to a thousand JPEG photos of 1 to 4 megapixels, which are drawn first: on a quiet machine
          --publish         publishes an application that scores, for each kind of model, runs it, and adds up its files
          --render          writes the table from the results in the repository (and in --output)
        """;

    public string Data { get; init; } = "";

    public string Output { get; init; } = "";

    public IReadOnlyList<string> Rows { get; init; } = [""];

    public IReadOnlyList<string> Sizes { get; init; } = [LabelledImages.Everything];

    public IReadOnlyList<int> Seeds { get; init; } = [1, 2, 3];

    public int? Epochs { get; init; }

    /// <summary>Of rows that train a network; null leaves it to the processor.</summary>
    public bool? MixedPrecision { get; init; }

    public FewImagesTask Task { get; init; }

    /// <exception cref="BenchmarkArgumentException">An argument is unknown, missing or wrong.</exception>
    public static FewImagesOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new FewImagesOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new BenchmarkArgumentException($"Option {name} needs a value.");
            options = name switch
            {
                "--data" => options with { Data = Value() },
                "--output" => options with { Output = Value() },
                "--rows" => options with { Rows = Value().Split(',') },
                "--sizes" => options with { Sizes = [.. Value().Split(',').Select(size => Size(name, size))] },
                "--seeds" => options with { Seeds = [.. Value().Split(',').Select(seed => Number(name, seed))] },
                "--epochs" => options with { Epochs = Number(name, Value()) },
                "--precision" => options with { MixedPrecision = Precision(Value()) },
                "--time" => options with { Task = FewImagesTask.Time },
                "--time-fit" => options with { Task = FewImagesTask.TimeFit },
                "--publish" => options with { Task = FewImagesTask.Publish },
                "--render" => options with { Task = FewImagesTask.Render },
                _ => throw new BenchmarkArgumentException($"Unknown option '{name}'.{Environment.NewLine}{Help}"),
            };
        }

        return options.Data.Length > 0 && (options.Output.Length > 0 || options.Task == FewImagesTask.Render)
            ? options
            : throw new BenchmarkArgumentException(Help);
    }

    private static bool Precision(string value) => value switch
    {
        "mixed" => true,
        "single" => false,
        _ => throw new BenchmarkArgumentException($"Option --precision must be single or mixed, got '{value}'."),
    };

    private static string Size(string name, string value)
        => value is LabelledImages.Everything or LabelledImages.TrainingPart
            ? value
            : Number(name, value).ToString(CultureInfo.InvariantCulture);

    private static int Number(string name, string value)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new BenchmarkArgumentException($"Option {name} must be a whole number from 1, got '{value}'.");
}

/// <summary>What the program does.</summary>
internal enum FewImagesTask
{
    Train,
    Time,
    TimeFit,
    Publish,
    Render,
}
