using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Training;

/// <summary>The model that training starts from, if any.</summary>
internal static class StartingModel
{
    /// <summary>Whether the model can start a network.</summary>
    /// <exception cref="ArgumentException">Architecture or channels differ.</exception>
    public static void Check(GatedResNetTrainerOptions options, NetworkSpec wanted)
    {
        if (options.InitialModel?.Model.Spec is not { } given)
        {
            return;
        }

        if (given.Architecture != wanted.Architecture)
        {
            throw new ArgumentException(
                $"InitialModel must be a {wanted.Architecture} as Architecture says, got a {given.Architecture}. Set Architecture to that of the model.");
        }

        if (given.Image.Channels != wanted.Image.Channels)
        {
            throw new ArgumentException(
                $"InitialModel must read images of {wanted.Image.Channels} channels as the training data has, got a model of "
                + $"{given.Image.Channels}. Convert the images.");
        }
    }

    /// <summary>The channel statistics that the model's weights were trained under; null without a model.</summary>
    public static ChannelStatistics? ChannelsOf(GatedResNetTrainerOptions options) => options.InitialModel?.Model.Channels;

    /// <summary>Puts the model's weights into a network, as far as they fit.</summary>
    /// <returns>Whether the gates were among them.</returns>
    public static bool Load(GatedResNetTrainerOptions options, GatedResNetModule network, IChannel channel)
    {
        if (options.InitialModel is not { } initial)
        {
            return false;
        }

        var taken = network.TakeBackbone(initial.Model.Weights);
        channel.Info(
            MessageSensitivity.None, "Took over {0} of {1} tensors from the initial model.", taken.Count,
            WeightLayout.Of(network.Plan).Count);
        if (options.FreezesNetwork
            && WeightLayout.Of(network.Plan).FirstOrDefault(tensor => !NetworkTensors.IsExit(tensor.Name) && !taken.Contains(tensor.Name)) is { } missing)
        {
            throw new ArgumentException(
                $"InitialModel must be the whole network, because Exits.FreezeNetwork trains none of it: '{missing.Name}' of a {options.Network} "
                + "with these options is missing in it. Use the trainer, gates, head and classes of the model.");
        }

        return taken.Any(NetworkTensors.IsGate);
    }
}
