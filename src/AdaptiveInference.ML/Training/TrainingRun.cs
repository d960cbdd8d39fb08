using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training;

/// <summary>Runs the stages of a regime one after another and hands out the weights to keep. Every tensor it makes is gone afterwards.</summary>
internal sealed class TrainingRun(
    GatedResNetTrainerOptions options, FitData data, Device device, int seed, IChannel channel, Action checkAlive)
{
    /// <summary>Enough images for full speed; more only cost memory, since nothing is learnt from them.</summary>
    private const int ValidationBatchSize = 256;

    private readonly IReadOnlyList<StagePlan> _stages = options.Stages();

    /// <exception cref="InvalidOperationException">The loss is no longer a finite number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public NetworkWeights Run()
    {
        using var scope = torch.NewDisposeScope();
        using var network = new GatedResNetModule(data.Plan, WeightSeed(), device);
        using var compute = new ComputeModel(data.Plan, device);
        using var training = data.OpenTraining(options.Augmentation, options.BatchSize);
        using var validation = data.OpenValidation(ValidationBatchSize);
        if (!StartingModel.Load(options, network, channel))
        {
            _stages[0].PrepareFreshGates?.Invoke(network);
        }

        var evaluator = new Evaluator(network, compute, validation, checkAlive);
        var reporter = new ProgressReporter(options.Progress, channel, _stages.Sum(stage => stage.Epochs));
        var before = 0;
        foreach (var stage in _stages)
        {
            RunStage(stage, before, network, compute, training, evaluator, reporter);
            before += stage.Epochs;
        }

        return options.Finish(data.Plan, network.Export());
    }

    private int WeightSeed() => (int)(RandomStream.Of(seed, RandomStream.Purpose.Weights).Next() >> 33);

    private void RunStage(
        StagePlan stage,
        int epochsBefore,
        GatedResNetModule network,
        ComputeModel compute,
        BatchLoader training,
        Evaluator evaluator,
        ProgressReporter reporter)
    {
        network.FreezeBatchNorm(stage.FreezeBatchNorm);
        using var optimizer = new Sgd(Parameters.Groups(network, options.WeightDecay, stage.GateRateScale), options.Momentum);
        var schedule = new LearningRateSchedule(stage.LearningRate, stage.Epochs * training.Batches, stage.WarmUp);
        var best = new BestWeights(options.EarlyStopping);
        if (epochsBefore > 0 && evaluator.Run(stage) is { } start)
        {
            // What the stage before ended with stays, should this one only make it worse.
            best.Offer(stage.Merit(start), network);
        }

        for (var epoch = 0; epoch < stage.Epochs && !best.IsStale; epoch++)
        {
            var number = epochsBefore + epoch + 1;
            using var epochScope = torch.NewDisposeScope();
            using var generator = new Generator(RandomStream.Of(seed, RandomStream.Purpose.Gates, number).Next() >> 1, device);
            var trainer = new EpochTrainer(stage, number, stage.Sampler(generator), network, compute, optimizer, options.LabelSmoothing);
            reporter.StartEpoch();
            network.train();
            foreach (var batch in training.Varied(seed, number))
            {
                checkAlive();
                var step = (epoch * training.Batches) + trainer.Batches;
                trainer.Step(batch, schedule.At(step), step / (double)(stage.Epochs * training.Batches), device);
                reporter.Step(stage.Stage, number, trainer.Batches, training.Batches, trainer.Totals);
            }

            var time = reporter.TrainingTime();
            var judged = evaluator.Run(stage);
            if (judged is not null)
            {
                best.Offer(stage.Merit(judged), network);
            }

            reporter.EndEpoch(stage.Stage, number, training.Batches, trainer.Totals, time, judged);
        }

        best.Restore(network);
    }
}
