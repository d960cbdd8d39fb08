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
    [DataRow("--epoch", "Unknown option '--epoch'; --help lists the options.")]
    [DataRow("--data", "Option --data needs a value.")]
    [DataRow("--epochs 0", "Option --epochs must be a whole number from 1, got '0'.")]
    [DataRow("--epochs many", "Option --epochs must be a whole number from 1, got 'many'.")]
    [DataRow("--cross-validate 1", "Option --cross-validate must be a whole number from 2, got '1'.")]
    [DataRow("--seed -1", "Option --seed must be a whole number from 0, got '-1'.")]
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
        StringAssert.Contains(CommandLine.Help, $"seed of everything random (default {line.Seed})");
    }
}
