using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Optimisation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.FineTuning;

/// <summary>
/// Fits new heads to the features of a network that stays as it is. Linear probing first and fine-tuning then keeps what the features knew
/// (Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution", ICLR 2022).
/// </summary>
/// <remarks>
/// Heads without a norm of their own read features that are standardised for the fit; afterwards mean and deviation are folded into their
/// weights.
/// </remarks>
/// <param name="heads">The heads to fit.</param>
/// <param name="labelSmoothing">As in training.</param>
internal sealed class HeadFit(
    IReadOnlyList<(HeadModule Module, int Place, IReadOnlyList<Parameter> Parameters)> heads, float labelSmoothing)
{
    /// <summary>Steps of the fit; more passes over few images, fewer over many.</summary>
    private const int Steps = 600;

    private const int FewestEpochs = 5;
    private const int MostEpochs = 200;
    private const float Rate = 0.02f;
    private const float Momentum = 0.9f;

    /// <summary>Of the weights, on features of deviation 1: a head of 512 features and a few hundred images overfits without.</summary>
    private const float WeightDecay = 0.01f;

    private const double SmallestDeviation = 1e-4;

    /// <summary>Passes over the images.</summary>
    public static int Epochs(int batches) => Math.Clamp(Steps / batches, FewestEpochs, MostEpochs);

    /// <param name="features">What the heads read, of all of them.</param>
    /// <param name="device">Where the heads are.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="step">Told after every step how many are done; may throw to give up.</param>
    public void Run(IBatchSource features, Device device, int seed, Action<int> step)
    {
        using var scope = torch.NewDisposeScope();
        var scales = heads.Select(head => head.Module.Unnormalised is null ? null : Scale.Of(features, head.Place, device)).ToList();
        foreach (var layer in heads.Select(head => head.Module.Unnormalised).OfType<(Parameter Weight, Parameter Bias)>())
        {
            using var noGradient = torch.no_grad();
            layer.Weight.zero_();
            layer.Bias.zero_();
        }

        var parameters = heads.SelectMany(head => head.Parameters).ToLookup(parameter => parameter.dim() > 1);
        using var optimizer = new Sgd([new([.. parameters[true]], WeightDecay), new([.. parameters[false]], 0)], Momentum);
        var epochs = Epochs(features.Batches);
        var schedule = new LearningRateSchedule(Rate, epochs * features.Batches, 0.05f);
        var done = 0;
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            // Epochs of training count from 1 up, so that these have an order of their own.
            foreach (var batch in features.Varied(seed, -epoch))
            {
                Step(batch, device, scales, optimizer, schedule.At(done));
                step(++done);
            }
        }

        for (var i = 0; i < heads.Count; i++)
        {
            scales[i]?.FoldInto(heads[i].Module.Unnormalised!.Value);
        }
    }

    private void Step(IBatch batch, Device device, List<Scale?> scales, Sgd optimizer, float rate)
    {
        using var scope = torch.NewDisposeScope();
        var (input, labels) = (batch.InputOn(device), batch.LabelsOn(device));
        var loss = heads.Select((head, i) =>
        {
            var pooled = input.HeadInputs[head.Place];
            var logits = head.Module.Classify(scales[i]?.Apply(pooled) ?? pooled, batchStatistics: true);
            return nn.functional.cross_entropy(logits, labels, label_smoothing: labelSmoothing);
        }).Aggregate((sum, one) => sum + one);
        loss.backward();
        optimizer.Step(rate);
    }

    /// <summary>Mean and deviation of each value that a head reads.</summary>
    private sealed record Scale(Tensor Mean, Tensor Deviation)
    {
        public static Scale Of(IBatchSource features, int place, Device device)
        {
            var (sum, squares) = (zeros(1, ScalarType.Float64, device), zeros(1, ScalarType.Float64, device));
            foreach (var batch in features.Plain())
            {
                using var scope = torch.NewDisposeScope();
                var values = batch.InputOn(device).HeadInputs[place].to(ScalarType.Float64);
                sum = (sum + values.sum(dim: 0)).MoveToOuterDisposeScope();
                squares = (squares + values.square().sum(dim: 0)).MoveToOuterDisposeScope();
            }

            var mean = sum / features.Images;
            var deviation = ((squares / features.Images) - mean.square()).clamp_min(0).sqrt().clamp_min(SmallestDeviation);
            return new Scale(mean.to(ScalarType.Float32), deviation.to(ScalarType.Float32));
        }

        public Tensor Apply(Tensor values) => (values - Mean) / Deviation;

        // W·(x − μ)/σ + b = (W/σ)·x + (b − W·μ/σ)
        public void FoldInto((Parameter Weight, Parameter Bias) layer)
        {
            using var noGradient = torch.no_grad();
            layer.Weight.div_(Deviation);
            layer.Bias.sub_(layer.Weight.matmul(Mean));
        }
    }
}
