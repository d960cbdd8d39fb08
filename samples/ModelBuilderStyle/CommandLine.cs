using System.Globalization;

namespace ModelBuilderStyle;

/// <summary>What the user asked for.</summary>
public sealed record CommandLine
{
    /// <summary>What <c>--help</c> prints.</summary>
    public const string Help = """
        Trains a SkipNet on images, or with --pretrained makes a pretrained network adaptive for your own; evaluates it, saves it
        and loads it again.

        Usage: dotnet run -c Release --project samples/ModelBuilderStyle -- [options]

          --data FOLDER        images to use instead of the embedded part of Fashion-MNIST: IDX files, CIFAR-10 or
                               CIFAR-100 binaries, or one folder per class
          --epochs N           passes over the training images (default 10)
          --depth N            layers of the network, 6n+2 (default 20)
          --seed N             seed of everything random (default 1)
          --cross-validate N   also cross-validate in N parts, 2 or more
          --pretrained         heads and exits on ML.NET's pretrained network instead: for a few hundred colour images. --data
                               is then one folder per class, or these below train and test; what stands in a folder below a
                               class folder, such as photos of one object, stays on one side. Without --data: emoji
          --image-size N       with --pretrained: height and width to which images are resized, 64 or more (default 160)
          --no-mirror          with --pretrained: do not learn from mirror images, for letters, digits, arrows
          --finetune           with --pretrained: then train the network on for --epochs (default 5)
          --help               this text
        """;

    private const int DefaultEpochs = 10;
    private const int DefaultDepth = 20;
    private const int DefaultSeed = 1;
    private const int DefaultFineTuningEpochs = 5;

    // Takes half the time of the 224 pixels that the network learnt with.
    private const int DefaultImageSize = 160;
    private const int SmallestImageSize = 64;

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

    /// <summary>Whether a pretrained network is made adaptive instead of training one from scratch.</summary>
    public bool Pretrained { get; init; }

    /// <summary>Height and width to which the pretrained network's images are resized.</summary>
    public int ImageSize { get; init; } = DefaultImageSize;

    /// <summary>Whether the pretrained network's heads and exits learn from mirror images too.</summary>
    public bool Mirror { get; init; } = true;

    /// <summary>Whether the pretrained network itself is trained on, but for its first stages.</summary>
    public bool FineTune { get; init; }

    /// <summary>Whether only the help is wanted.</summary>
    public bool WantsHelp { get; init; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ArgumentException">An argument is unknown, lacks its value or has a wrong one.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        var given = new HashSet<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            given.Add(name);
            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"Option {name} needs a value.");
            line = name switch
            {
                "--data" => line with { Data = Value() },
                "--epochs" => line with { Epochs = Number(name, Value(), 1) },
                "--depth" => line with { Depth = Number(name, Value(), 8) },
                "--seed" => line with { Seed = Number(name, Value(), 0) },
                "--cross-validate" => line with { Folds = Number(name, Value(), 2) },
                "--pretrained" => line with { Pretrained = true },
                "--image-size" => line with { ImageSize = Number(name, Value(), SmallestImageSize) },
                "--no-mirror" => line with { Mirror = false },
                "--finetune" => line with { FineTune = true },
                "--help" or "-h" or "-?" => line with { WantsHelp = true },
                _ => throw new ArgumentException($"Unknown option '{name}'; --help lists the options."),
            };
        }

        Check(line, given);
        return line.FineTune && !given.Contains("--epochs") ? line with { Epochs = DefaultFineTuningEpochs } : line;
    }

    // An option that would change nothing is a mistake.
    private static void Check(CommandLine line, HashSet<string> given)
    {
        string[] others = line.Pretrained ? ["--depth", "--cross-validate"] : ["--image-size", "--no-mirror", "--finetune"];
        if (others.FirstOrDefault(given.Contains) is { } other)
        {
            throw new ArgumentException(line.Pretrained
                ? $"Option {other} does not go with --pretrained."
                : $"Option {other} goes with --pretrained alone.");
        }

        if (line.Pretrained && !line.FineTune && given.Contains("--epochs"))
        {
            throw new ArgumentException("With --pretrained, option --epochs needs --finetune: heads and exits are fitted without epochs.");
        }
    }

    private static int Number(string name, string value, int minimum)
        => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum
            ? number
            : throw new ArgumentException($"Option {name} must be a whole number from {minimum}, got '{value}'.");
}
