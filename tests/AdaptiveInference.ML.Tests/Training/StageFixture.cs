using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Loop;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training;

/// <summary>A network, synthetic images and all that a stage of training needs, without a trainer around it.</summary>
internal sealed class StageFixture : IDisposable
{
    private static readonly ImageShape Shape = new(1, SyntheticImages.Side, SyntheticImages.Side);

    private readonly MLContext _context = new(1);
    private readonly TrainingData _data;
    private readonly GatedComputeFraction _compute;

    public StageFixture(GatedResNetTrainerOptions options, int images, int judged, int batchSize)
    {
        Spec = options.Describe(Shape, SyntheticImages.Classes);
        Network = new GatedResNetModule(BlockPlan.Of(Spec), 1);
        var view = SyntheticImages.View(_context, SyntheticImages.Rows(images + judged));
        _data = TrainingData.Read(
            view,
            LabelColumn.OfTraining(view, "Label"),
            ImageColumn.Of(view.Schema, "Features", null),
            Path.GetTempPath(),
            () => { });
        _compute = new GatedComputeFraction(Network.Plan, CPU);
        var augmenter = new Augmenter(Shape, new ChannelStatistics([128], [50]), ImageAugmentation.None);
        Validation = new BatchLoader(_data, [.. Enumerable.Range(images, judged)], augmenter, Shape, batchSize);
        Context = new TrainingContext
        {
            Options = options,
            Seed = 1,
            Device = CPU,
            Network = Network,
            Compute = _compute,
            Teacher = null,
            Training = new BatchLoader(_data, [.. Enumerable.Range(0, images)], augmenter, Shape, batchSize),
            ValidationLoop = new ValidationLoop(Network, _compute, Validation, () => { }),
            Reporter = new ProgressReporter(null, ((IHostEnvironment)_context).Start("test"), 1),
            HasTrainedGates = false,
            Checkpoints = null,
            Remedy = "",
            CheckAlive = () => { },
        };
    }

    public NetworkSpec Spec { get; }

    public GatedResNetModule Network { get; }

    public BatchLoader Validation { get; }

    public TrainingContext Context { get; }

    /// <summary>Serves the first images once more.</summary>
    public BatchLoader Open(ImageAugmentation augmentation, int images, int batchSize) => new(
        _data, [.. Enumerable.Range(0, images)], new Augmenter(Shape, new ChannelStatistics([128], [50]), augmentation), Shape, batchSize);

    public Tensor Bias => Network.get_parameter("fc.bias")!;

    public void Dispose()
    {
        ((BatchLoader)Context.Training).Dispose();
        Validation.Dispose();
        _compute.Dispose();
        Network.Dispose();
        _data.Dispose();
    }
}
