using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Recipes;

/// <summary>
/// A trained network whose answers another learns (Hinton et al., "Distilling the Knowledge in a Neural Network", arXiv 1503.02531):
/// <c>(1 − w) · L_CE + w · T² · KL(teacher ‖ student)</c>, both answers softened by the temperature T.
/// </summary>
internal sealed class Teacher : IDisposable
{
    private readonly GatedResNetModule _network;
    private readonly Tensor _scale;
    private readonly ChannelStatistics _student;
    private readonly ChannelStatistics _own;
    private readonly Tensor _places;
    private readonly float _weight;
    private readonly float _temperature;
    private Tensor? _shift;

    /// <param name="model">The trained model.</param>
    /// <param name="channels">By what the student's images are normalised.</param>
    /// <param name="options">Weight and temperature.</param>
    /// <param name="classes">The student's classes, which the model may count in another order.</param>
    /// <param name="device">The student's device.</param>
    public Teacher(
        GatedResNetTransformer model, ChannelStatistics channels, GatedResNetTrainerOptions options, ClassLabels classes, Device device)
    {
        (_weight, _temperature) = (options.DistillationWeight, options.DistillationTemperature);
        _network = new GatedResNetModule(model.Model.Blocks, 0, device);
        _network.Load(model.Model.Weights);
        _network.eval();
        _network.InBFloat16 = options.MixedPrecision is true;

        // Back to pixels by the student's statistics and forth by the teacher's, in one step.
        (_student, _own) = (channels, model.Model.Channels);
        var scale = new float[channels.Channels];
        for (var c = 0; c < scale.Length; c++)
        {
            scale[c] = channels.StandardDeviation[c] / _own.StandardDeviation[c];
        }

        _scale = torch.tensor(scale, [1, scale.Length, 1, 1], device: device).DetachFromDisposeScope();
        var places = ClassOrder.Of(classes, model.Model.Classes).Places;
        _places = torch.tensor([.. places.Select(place => (long)place)], [places.Count], device: device).DetachFromDisposeScope();
    }

    /// <summary>Whether a model can teach a network.</summary>
    /// <exception cref="ArgumentException">It reads other channels or knows other classes.</exception>
    public static void Check(GatedResNetTransformer? model, NetworkSpec student, ClassLabels classes)
    {
        if (model is null)
        {
            return;
        }

        if (model.Model.Spec.Image.Channels != student.Image.Channels)
        {
            throw new ArgumentException(
                $"Teacher must read images of {student.Image.Channels} channels as the training data has, got a model of "
                + $"{model.Model.Spec.Image.Channels}. Choose another teacher.");
        }

        if (!model.HasClasses)
        {
            throw new ArgumentException(
                "Teacher has no classes, so that it cannot teach any. Give it those of the training data first, with "
                + "Trainers.ExitHeads or as the InitialModel of a trainer.");
        }

        if (!ClassOrder.Of(classes, model.Model.Classes).IsWhole || !ClassOrder.Of(model.Model.Classes, classes).IsWhole)
        {
            var (expected, got) = ClassList.Compare(classes, model.Model.Classes);
            throw new ArgumentException(
                $"Teacher must know the classes of the training data ({expected}), in any order, got a model of {got}. Choose another "
                + "teacher, or map labels to its key values.");
        }
    }

    /// <summary>The teacher's class scores in the student's order, without gradient. (N, C, H, W) → (N, classes)</summary>
    /// <param name="images">The student's images, normalised.</param>
    public Tensor Logits(Tensor images)
    {
        using var _ = torch.no_grad();
        _shift ??= Shift(images);
        return _network.Run((images * _scale).add_(_shift), new ThresholdSampler()).Logits.index_select(1, _places);
    }

    /// <summary>What learning from the teacher adds to a loss that has the whole cross-entropy in it, a scalar.</summary>
    /// <param name="input">What the student read.</param>
    /// <param name="step">What the student made of it.</param>
    public Tensor Loss(NetworkInput input, StepResult step)
    {
        Tensor answers;
        using (torch.no_grad())
        {
            answers = nn.functional.softmax((input.TeacherLogits ?? Logits(input.Images!)) / _temperature, 1);
        }

        return (Divergence(answers, step.Pass.Logits, _temperature) - step.CrossEntropy.mean()) * _weight;
    }

    // One number for each channel, or where one of the two has a mean image, for each place of the images that come.
    private Tensor Shift(Tensor images)
    {
        var isByPlace = _student.MeanImage is not null || _own.MeanImage is not null;
        var (channels, height, width) = (_student.Channels, isByPlace ? (int)images.shape[2] : 1, isByPlace ? (int)images.shape[3] : 1);
        var image = new ImageShape(channels, height, width);
        var (from, to) = (_student.MeanImage?.For(image), _own.MeanImage?.For(image));
        var shift = new float[image.Size];
        for (var i = 0; i < shift.Length; i++)
        {
            var c = i / (height * width);
            shift[i] = ((from?[i] ?? _student.Mean[c]) - (to?[i] ?? _own.Mean[c])) / _own.StandardDeviation[c];
        }

        return torch.tensor(shift, [1, channels, height, width], device: images.device).DetachFromDisposeScope();
    }

    /// <summary>T² · KL(teacher ‖ student), averaged over images.</summary>
    /// <param name="answers">The teacher's softened class probabilities. (N, classes)</param>
    /// <param name="logits">The student's class scores. (N, classes)</param>
    /// <param name="temperature">T.</param>
    public static Tensor Divergence(Tensor answers, Tensor logits, float temperature)
        => nn.functional.kl_div(nn.functional.log_softmax(logits / temperature, 1), answers, log_target: false, nn.Reduction.Sum)
            * (temperature * temperature / logits.shape[0]);

    public void Dispose()
    {
        _network.Dispose();
        _scale.Dispose();
        _shift?.Dispose();
        _places.Dispose();
    }
}
