using AdaptiveInference.ML.Transforms.Options;
using System.Globalization;

namespace AdaptiveInference.ML.Options;

/// <summary>The checks of options that all trainers have.</summary>
internal static class SharedOptionCheck
{
    public static void Run(OptionCheck check, GatedResNetTrainerOptions options)
    {
        check.Columns(options.Columns(), options.LabelColumnName);
        check.Ranges(options);
        check.Require(
            options.Architecture is not null,
            $"Architecture must not be null. Choose one such as ResNetArchitecture.Cifar(38).");
        check.Require(IsDevice(options.Device), $"Device must be 'cpu', 'cuda' or 'cuda:N', got '{options.Device}'.");
        check.Require(
            options.CheckpointFolder is null || !string.IsNullOrWhiteSpace(options.CheckpointFolder),
            $"CheckpointFolder must be a path or null, got '{options.CheckpointFolder}'.");
        Stopping(check, options);
        Exits(check, options);
        FineTuning(check, options);
        Groups(check, options);
    }

    private static void Stopping(OptionCheck check, GatedResNetTrainerOptions options)
    {
        if (options.EarlyStopping is not { } stopping)
        {
            return;
        }

        check.Ranges(stopping, "EarlyStopping.");
        check.Require(
            options.ValidationSet is not null || options.ValidationFraction != 0,
            $"EarlyStopping needs validation data. Set ValidationSet, or ValidationFraction to more than 0.");
    }

    private static void Exits(OptionCheck check, GatedResNetTrainerOptions options)
    {
        if (options.Exits is not { } exits)
        {
            return;
        }

        check.Ranges(exits, "Exits.");
        check.Require(
            !exits.FreezeNetwork || options.InitialModel is not null,
            $"Exits.FreezeNetwork needs a trained network. Set InitialModel.");
        check.Require(
            !exits.FreezeNetwork || options.Teacher is null,
            $"Teacher teaches the last head, which Exits.FreezeNetwork keeps as it is. Leave one of the two out.");
        if (options.Architecture is not { } architecture)
        {
            return;
        }

        var last = architecture.Blocks - 1;
        check.Require(
            last >= 1,
            $"Exits stand after blocks that are not the last, and {architecture} has one block. Leave Exits out, or use more blocks.");
        if (exits.AfterBlocks is { } after && last >= 1)
        {
            check.AfterBlocks("Exits.AfterBlocks", after, architecture, canBeNone: false);
        }
    }

    private static void FineTuning(OptionCheck check, GatedResNetTrainerOptions options)
    {
        if (options.FineTuning is not { } tuning)
        {
            return;
        }

        check.Ranges(tuning, "FineTuning.");
        check.Require(
            options.InitialModel is not null,
            $"FineTuning goes on from the weights of a trained network. Set InitialModel, or leave FineTuning out.");
        if (options.Architecture is { } architecture)
        {
            var stages = architecture.BlocksPerStage.Length;
            check.Require(
                tuning.FrozenStages <= stages,
                $"FineTuning.FrozenStages must be from 0 to {stages}, the stages of {architecture}, got {tuning.FrozenStages}.");
        }
    }

    private static void Groups(OptionCheck check, GatedResNetTrainerOptions options)
    {
        if (options.ValidationGroupColumnName is not { } name)
        {
            return;
        }

        check.Require(
            !string.IsNullOrWhiteSpace(name), $"{nameof(options.ValidationGroupColumnName)} must name a column or be null, got '{name}'.");
        check.Require(
            options.ValidationSet is null,
            $"ValidationGroupColumnName splits the training data, and ValidationSet takes that place. Leave one of the two out.");
        check.Require(
            options.ValidationSet is not null || options.ValidationFraction != 0,
            $"ValidationGroupColumnName needs something to hold out. Set ValidationFraction to more than 0, or leave the column out.");
    }

    private static bool IsDevice(string? device)
        => device is null
            || device.Equals("cpu", StringComparison.OrdinalIgnoreCase)
            || device.Equals("cuda", StringComparison.OrdinalIgnoreCase)
            || (device.StartsWith("cuda:", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _));
}
