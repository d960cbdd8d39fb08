using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>Runs one stage: its epochs, with an evaluation after each, and then the best weights into the network.</summary>
/// <param name="context">What the stages share.</param>
/// <param name="stage">The stage.</param>
/// <param name="index">Its number from 0.</param>
/// <param name="epochsBefore">Epochs of the stages before.</param>
internal sealed class StageRun(TrainingContext context, StagePlan stage, int index, int epochsBefore) : IDisposable
{
    private readonly Sgd _optimizer = new(Groups(context, stage), context.Options.Momentum);

    private readonly LearningRateSchedule _schedule = new(
        stage.LearningRate, stage.Epochs * context.Training.Batches, stage.WarmUp, stage.RateDropsAt);

    private readonly BestWeights _best = new(context.Options.EarlyStopping);
    private int _epochsDone;

    /// <returns>The best weights, which the network has then; null where none were judged.</returns>
    /// <exception cref="InvalidOperationException">The loss is no longer a finite number.</exception>
    public NetworkWeights? Run(Checkpoint? interrupted)
    {
        context.Network.FreezeBatchNorm(stage.FreezeBatchNorm);
        context.Network.TrainsExitsAlone = stage.TrainsExitsAlone;
        if (interrupted is null)
        {
            Start();
        }
        else
        {
            Continue(interrupted);
        }

        while (_epochsDone < stage.Epochs && !_best.IsStale)
        {
            Epoch();
            _epochsDone++;
            SaveCheckpoint();
        }

        return _best.Restore(context.Network);
    }

    public void Dispose() => _optimizer.Dispose();

    private static IReadOnlyList<ParameterGroup> Groups(TrainingContext context, StagePlan stage)
    {
        var (network, decay) = (context.Network, context.Options.WeightDecay);
        return stage.TrainsExitsAlone ? ParameterGroups.OfExits(network, decay)
            : context.Options.FineTuning is { } tuning
                ? ParameterGroups.Of(network, decay, stage.DecaysAll, tuning)
                : ParameterGroups.Of(network, decay, stage.DecaysAll);
    }

    private void Start()
    {
        context.FineTuner?.StartEpoch(epochsBefore + 1);
        if ((index > 0 || context.JudgesStart) && context.ValidationLoop.Run(stage) is { } start)
        {
            // The weights of the stage before, or those that fitted heads give, are kept where this one does not improve on them.
            _best.Offer(stage.ValidationScore(start), context.Network);
            if (index == 0)
            {
                context.Reporter.EndPreparation(epochsBefore + 1, start);
            }
        }

        // Before the first epoch too: a folder that cannot be written is an error at once and not after an hour.
        SaveCheckpoint();
    }

    private void Continue(Checkpoint interrupted)
    {
        if (!_optimizer.TryLoad(interrupted.Momenta))
        {
            throw CheckpointFile.Damage(context.Checkpoints!.FilePath, "its momenta are those of other parameters");
        }

        context.Network.Load(interrupted.Weights);
        _best.Found = interrupted.Best;
        _epochsDone = interrupted.EpochsDone;

        // Where no epoch is left, as the last one ended.
        var isOver = _epochsDone >= stage.Epochs || _best.IsStale;
        context.FineTuner?.StartEpoch(epochsBefore + Math.Max(1, isOver ? _epochsDone : _epochsDone + 1));
    }

    private void SaveCheckpoint() => context.Checkpoints?.Save(new Checkpoint
    {
        Seed = context.Seed,
        Stage = index,
        EpochsDone = _epochsDone,
        Weights = context.Network.Export(),
        Momenta = _optimizer.Export(),
        Best = _best.Found,
    });

    private void Epoch()
    {
        var number = epochsBefore + _epochsDone + 1;
        context.FineTuner?.StartEpoch(number);
        var (training, reporter) = (context.Training, context.Reporter);
        using var scope = torch.NewDisposeScope();
        using var generator = new Generator(RandomStream.Of(context.Seed, RandomStream.Purpose.Gates, number).Next() >> 1);
        var trainer = new EpochTrainer(context, stage, number, stage.Sampler(generator), _optimizer);
        reporter.StartEpoch();
        context.Network.train();
        context.Network.InBFloat16 = context.Options.MixedPrecision is true;
        foreach (var batch in training.Varied(context.Seed, number))
        {
            context.CheckAlive();
            var step = (_epochsDone * training.Batches) + trainer.Batches;
            trainer.Step(batch, _schedule.At(step), context.HasTrainedGates ? 1 : step / (double)(stage.Epochs * training.Batches));
            reporter.Step(stage.Stage, number, trainer.Batches, training.Batches, trainer.Totals);
        }

        var time = reporter.TrainingTime();
        var judged = context.ValidationLoop.Run(stage);
        if (judged is not null)
        {
            _best.Offer(stage.ValidationScore(judged), context.Network);
        }

        reporter.EndEpoch(stage.Stage, number, training.Batches, trainer.Totals, time, judged);
    }
}
