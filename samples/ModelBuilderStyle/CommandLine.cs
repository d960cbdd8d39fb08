using System.Globalization;

namespace ModelBuilderStyle;

/// <summary>What the user asked for.</summary>
public sealed record CommandLine
{
    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = """
        Trains a SkipNet on images, evaluates it, saves it and loads it again.

        Usage: dotnet run -c Release --project samples/ModelBuilderStyle -- [options]

          --data FOLDER        images to use instead of the embedded part of Fashion-MNIST: IDX files, CIFAR-10 or
                               CIFAR-100 binaries, or one folder per class
          --epochs N           passes over the training images (default 8)
          --depth N            layers of the network, 6n+2 (default 20)
          --seed N             seed of everything random (default 1)
          --cross-validate N   also cross-validate in N parts, 2 or more
          --help               this text
        """;

    private const int DefaultEpochs = 8;
    private const int DefaultDepth = 20;
    private const int DefaultSeed = 1;

    /// <summary>Folder with images; null for the embedded ones.</summary>
    public string? Data { get; init; }

    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = DefaultEpochs;

    /// <summary>Layers of the network.</summary>
    public int Depth { get; init; } = DefaultDepth;

    /// <summary>Seed of everything random.</summary>
    public int Seed { get; init; } = DefaultSeed;

    /// <summary>Parts of the cross-validation; 0 for none.</summary>
    public int Folds { get; init; }

    /// <summary>Whether only the help is wanted.</summary>
    public bool WantsHelp { get; init; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ArgumentException">An argument is unknown, lacks its value or has a wrong one.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"Option {name} needs a value.");
            line = name switch
            {
                "--data" => line with { Data = Value() },
                "--epochs" => line with { Epochs = Number(name, Value(), 1) },
                "--depth" => line with { Depth = Number(name, Value(), 8) },
                "--seed" => line with { Seed = Number(name, Value(), 0) },
                "--cross-validate" => line with { Folds = Number(name, Value(), 2) },
                "--help" or "-h" or "-?" => line with { WantsHelp = true },
                _ => throw new ArgumentException($"Unknown option '{name}'; --help lists the options."),
            };
        }

        return line;
    }

    private static int Number(string name, string value, int minimum)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum
            ? number
            : throw new ArgumentException($"Option {name} must be a whole number from {minimum}, got '{value}'.");
}
