using ModelBuilderStyle;

namespace AdaptiveInference.ML.Tests.Samples;

[TestClass]
public sealed class CommandLineTests
{
    [TestMethod]
    public void Parse_AllOptions_AreTaken()
    {
        var line = CommandLine.Parse(
            ["--data", "images", "--epochs", "3", "--depth", "14", "--seed", "0", "--cross-validate", "4"]);

        Assert.AreEqual(new CommandLine { Data = "images", Epochs = 3, Depth = 14, Seed = 0, Folds = 4 }, line);
    }

    [TestMethod]
    public void Parse_AllOptionsOfThePretrainedNetwork_AreTaken()
    {
        var line = CommandLine.Parse(
            ["--finetune", "--image-size", "224", "--no-mirror", "--pretrained", "--epochs", "3", "--data", "photos", "--seed", "2"]);

        Assert.AreEqual(
            new CommandLine
            {
                Pretrained = true, FineTune = true, ImageSize = 224, Mirror = false, Epochs = 3, Data = "photos", Seed = 2,
            },
            line);
    }

    [TestMethod]
    [DataRow("--pretrained --finetune", 5)]
    [DataRow("--pretrained --finetune --epochs 8", 8)]
    [DataRow("--seed 1", 10)]
    public void Parse_Epochs_HaveADefaultForEachJob(string arguments, int epochs)
        => Assert.AreEqual(epochs, CommandLine.Parse(arguments.Split(' ')).Epochs);

    [TestMethod]
    [DataRow("--epoch", "Unknown option '--epoch'; --help lists the options.")]
    [DataRow("--data", "Option --data needs a value.")]
    [DataRow("--epochs 0", "Option --epochs must be a whole number from 1, got '0'.")]
    [DataRow("--epochs many", "Option --epochs must be a whole number from 1, got 'many'.")]
    [DataRow("--cross-validate 1", "Option --cross-validate must be a whole number from 2, got '1'.")]
    [DataRow("--seed -1", "Option --seed must be a whole number from 0, got '-1'.")]
    [DataRow("--pretrained --image-size 63", "Option --image-size must be a whole number from 64, got '63'.")]
    [DataRow("--pretrained --depth 20", "Option --depth does not go with --pretrained.")]
    [DataRow("--cross-validate 3 --pretrained", "Option --cross-validate does not go with --pretrained.")]
    [DataRow("--finetune", "Option --finetune goes with --pretrained alone.")]
    [DataRow("--image-size 100", "Option --image-size goes with --pretrained alone.")]
    [DataRow("--no-mirror", "Option --no-mirror goes with --pretrained alone.")]
    [DataRow(
        "--pretrained --epochs 3", "With --pretrained, option --epochs needs --finetune: heads and exits are fitted without epochs.")]
    public void Parse_WrongArguments_SaysWhatIsExpected(string arguments, string message)
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => CommandLine.Parse(arguments.Split(' ')));

        Assert.AreEqual(message, exception.Message);
    }

    [TestMethod]
    public void Help_Defaults_AreThoseOfTheOptions()
    {
        var line = new CommandLine();

        StringAssert.Contains(CommandLine.Help, $"passes over the training images (default {line.Epochs})");
        StringAssert.Contains(CommandLine.Help, $"layers of the network, 6n+2 (default {line.Depth})");
        StringAssert.Contains(CommandLine.Help, $"to which images are resized, 64 or more (default {line.ImageSize})");
        StringAssert.Contains(
            CommandLine.Help,
            $"train the network on for --epochs (default {CommandLine.Parse(["--pretrained", "--finetune"]).Epochs})");
        StringAssert.Contains(CommandLine.Help, $"seed of everything random (default {line.Seed})");
    }
}
