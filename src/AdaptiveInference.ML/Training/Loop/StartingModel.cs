using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML.Runtime;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>The model that training starts from, if any.</summary>
internal static class StartingModel
{
    /// <summary>Whether the model can start a network.</summary>
    /// <exception cref="ArgumentException">Architecture or channels differ, or the classes of a network that stays as it is.</exception>
    public static void Check(GatedResNetTrainerOptions options, NetworkSpec wanted, ClassLabels classes)
    {
        if (options.InitialModel?.Model is not { Spec: { } given } model)
        {
            return;
        }

        if (given.Architecture != wanted.Architecture)
        {
            throw new ArgumentException(
                $"InitialModel must be a {wanted.Architecture} as Architecture says, got a {given.Architecture}. Set Architecture to that "
                    + "of the model.");
        }

        if (given.Image.Channels != wanted.Image.Channels)
        {
            throw new ArgumentException(
                $"InitialModel must read images of {wanted.Image.Channels} channels as the training data has, got a model of "
                + $"{given.Image.Channels}. Convert the images.");
        }

        if (options.FreezesNetwork && model.Classes.Count == 0)
        {
            throw new ArgumentException(
                "InitialModel has no classes, and Exits.FreezeNetwork leaves its head as it is. For exits on a network that stays as it is "
                + "use Trainers.ExitHeads, or train without FreezeNetwork.");
        }

        if (options.FreezesNetwork && (!ClassOrder.Of(classes, model.Classes).IsWhole || !ClassOrder.Of(model.Classes, classes).IsWhole))
        {
            var (got, expected) = ClassList.Compare(classes, model.Classes);
            throw new ArgumentException(
                $"InitialModel must know the classes of the training data ({got}), in any order, because Exits.FreezeNetwork leaves its "
                + "head as it "
                + $"is; got a model of {expected}. Train on data of these classes, or without FreezeNetwork.");
        }
    }

    /// <summary>The channel statistics that the model's weights were trained under; null without a model.</summary>
    public static ChannelStatistics? ChannelsOf(GatedResNetTrainerOptions options) => options.InitialModel?.Model.Channels;

    /// <summary>How images of other proportions are made to fit: as the options say, or as the model to start from learnt them.</summary>
    public static ResizingKind ResizingOf(GatedResNetTrainerOptions options)
        => options.Resizing ?? options.InitialModel?.Resizing ?? ResizingKind.Fill;

    /// <summary>
    /// Order in which pixels of vectors without dimensions stand: that of the model to start from, or else of the teacher. Both learnt from
    /// images of this order, and would see noise in any other.
    /// </summary>
    public static PixelLayout LayoutOf(GatedResNetTrainerOptions options)
        => options.InitialModel?.Model.FlatLayout ?? options.Teacher?.Model.FlatLayout ?? default;

    /// <summary>Whether the models agree on the order of the column's pixels.</summary>
    /// <exception cref="ArgumentException">The column does not say its order, and the initial model and the teacher differ.</exception>
    public static void CheckLayout(GatedResNetTrainerOptions options, ImageColumn images)
    {
        if (images.IsFlat && options.InitialModel is not null
            && options.Teacher is { } teacher && teacher.Model.FlatLayout != images.Layout)
        {
            throw new ArgumentException(
                $"InitialModel reads flat vectors as {Text(images.Layout)} and Teacher as {Text(teacher.Model.FlatLayout)}. "
                + $"Give column '{images.Name}' its dimensions.");
        }

        static string Text(PixelLayout layout) => layout == PixelLayout.Planar ? "[C,H,W]" : "[H,W,C]";
    }

    /// <summary>Puts the model's weights into a network, as far as they fit; in heads by the classes' key values.</summary>
    /// <returns>Which of the network's parts now have weights that have been learnt.</returns>
    public static Taken Load(GatedResNetTrainerOptions options, GatedResNetModule network, ClassLabels classes, IChannel channel)
    {
        if (options.InitialModel is not { } initial)
        {
            return new Taken([], IsWhole: false);
        }

        var order = ClassOrder.Of(classes, initial.Model.Classes);
        var taken = network.TakeBackbone(initial.Model.Weights, order.Places);
        channel.Info(
            MessageSensitivity.None, "Took over {0} of {1} tensors from the initial model.", taken.Count,
            WeightLayout.Of(network.Plan).Count);
        if (!order.IsWhole)
        {
            channel.Info(
                MessageSensitivity.None, "The initial model lacks {0} of the {1} classes, which start fresh: {2}.", order.Lacking.Count,
                classes.Count, ClassList.List(order.Lacking));
        }

        if (options.FreezesNetwork
            && WeightLayout.Of(network.Plan).FirstOrDefault(
                tensor => !NetworkTensors.IsExit(tensor.Name) && !taken.Contains(tensor.Name)) is { } missing)
        {
            throw new ArgumentException(
                $"InitialModel must be the whole network, because Exits.FreezeNetwork trains none of it: '{missing.Name}' of a "
                + $"{options.Network} with these options is missing in it. Use the trainer, gates, head and classes of the model.");
        }

        return new Taken(taken, order.IsWhole);
    }

    /// <summary>What a network has of its initial model.</summary>
    /// <param name="Tensors">Names of the tensors.</param>
    /// <param name="IsWhole">Whether the model knew all classes.</param>
    internal sealed record Taken(IReadOnlyList<string> Tensors, bool IsWhole)
    {
        /// <summary>Whether gates are among it.</summary>
        public bool HasGates => Tensors.Any(NetworkTensors.IsGate);

        /// <summary>Whether a head has something to learn before it can answer: it, or a class of it, starts fresh.</summary>
        /// <param name="part">The head's name among <see cref="NetworkTensors.Part"/>.</param>
        public bool IsNewHead(string part) => !IsWhole || Tensors.All(name => NetworkTensors.Part(name) != part);
    }
}
