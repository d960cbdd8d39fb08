using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Checkpoints;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.FineTuning;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Budget;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Loop;

/// <summary>
/// Runs the stages of a recipe one after another; the result is the weights to keep. Every tensor it makes is gone afterwards.
/// </summary>
internal sealed class TrainingRun(
    GatedResNetTrainerOptions options, TrainingRecipe recipe, FitData data, Device device, int seed, CheckpointStore? checkpoints,
    IChannel channel, Action checkAlive)
{
    /// <summary>Enough images for full speed; more only cost memory, since nothing is learnt from them.</summary>
    private const int ValidationBatchSize = 256;

    /// <summary>
    /// Pixels of a channel in a validation batch: fewer large images fill the cores too, and a batch must not take more memory than a step.
    /// </summary>
    private const int ValidationPixels = 256 * 96 * 96;

    private readonly IReadOnlyList<StagePlan> _stages = recipe.Stages;

    /// <exception cref="InvalidOperationException">The loss, a weight or an answer is no longer a finite number.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public (NetworkWeights Weights, ScoringPolicy Policy, BudgetCalibration? Calibration) Run()
    {
        var interrupted = checkpoints?.Load(
            data.Plan, new RunOutline([.. _stages.Select(stage => stage.Epochs)], data.ValidationImages.Length > 0, options.JudgesStart));
        using var scope = torch.NewDisposeScope();
        using var network = new GatedResNetModule(data.Plan, WeightSeed(), device);
        using var compute = new GatedComputeFraction(data.Plan, device, options.CostsOfGates?.ToTable());
        using var teacher = options.Teacher is { } model ? new Teacher(model, data.Channels, options, data.Classes, device) : null;
        using var trainingImages = data.OpenTraining(options.Augmentation, options.BatchSize);
        using var validationImages = data.OpenValidation(ValidationBatch(data.Plan.Spec.Image));
        using var training = new CachedSource(trainingImages);
        using var validation = new CachedSource(validationImages);
        var taken = StartingModel.Load(options, network, data.Classes, channel);
        if (!taken.HasGates)
        {
            _stages[0].PrepareFreshGates?.Invoke(network);
        }

        var validationLoop = new ValidationLoop(network, compute, validation, checkAlive);
        var reporter = new ProgressReporter(options.Progress, channel, _stages.Sum(stage => stage.Epochs));
        var tuner = options.FineTuning is null ? null : new FineTuner
        {
            Options = options,
            Seed = seed,
            Network = network,
            Teacher = teacher,
            Training = training,
            Validation = validation,
            Folder = data.TemporaryFolder,
            FixedGates = taken.HasGates && !data.Plan.Spec.AnyBudget ? new ThresholdSampler() : FixedSampler.AllOpen,
            Progress = (epoch, done, steps) =>
            {
                checkAlive();
                reporter.Prepare(epoch, done, steps);
            },
        };
        var context = new TrainingContext
        {
            Options = options,
            Seed = seed,
            Device = device,
            Network = network,
            Compute = compute,
            Teacher = teacher,
            Training = training,
            ValidationLoop = validationLoop,
            Reporter = reporter,
            FineTuner = tuner,
            HasTrainedGates = taken.HasGates,
            Checkpoints = checkpoints,
            Remedy = RemedyAfter(interrupted),
            CheckAlive = checkAlive,
        };
        if (interrupted is null && tuner is not null)
        {
            tuner.StartEpoch(1);
            tuner.FitHeads(place => taken.IsNewHead(network.PartOfHead(place)));
        }

        var weights = RunStages(context, interrupted);

        // What steps needed goes back before the model is made, whose copies of the weights would come on top of it.
        GlibcAllocator.ReleaseFreedMemory();
        CheckFinite(weights, context);
        var (policy, calibration) = PolicyOf(validationLoop);
        return (recipe.Finish(data.Plan, weights), policy, calibration);
    }

    private static int ValidationBatch(ImageShape image)
        => (int)Math.Clamp(ValidationPixels / ((long)image.Height * image.Width), 1, ValidationBatchSize);

    // The last step of all has no loss after it that would show what it did, and weights can be finite and too large for a pass.
    private void CheckFinite(NetworkWeights weights, TrainingContext context)
    {
        var notFinite = weights.Layout.FirstOrDefault(
            tensor => weights[tensor.Name].ContainsAnyExceptInRange(float.MinValue, float.MaxValue));
        if (notFinite is { } tensor)
        {
            throw new InvalidOperationException($"Training ended with NaN or infinite weights in '{tensor.Name}'. {context.Remedy}");
        }

        if (!FiniteAnswers.Has(context.Network, context.Training, _stages[^1]))
        {
            throw new InvalidOperationException($"Training ended with a network whose answers are NaN or infinite. {context.Remedy}");
        }
    }

    private string RemedyAfter(Checkpoint? interrupted)
        => interrupted is null
            ? "Lower LearningRate, or check that the images and labels are right."
            : $"This Fit went on from the checkpoint '{checkpoints!.FilePath}': delete it to start anew, lower LearningRate, or check "
                + "that the images and labels are right.";

    private (ScoringPolicy Policy, BudgetCalibration? Calibration) PolicyOf(ValidationLoop validationLoop)
    {
        var exits = data.Plan.Spec.Exits;
        var policy = ScoringPolicy.Default with { Budget = _stages[^1].FirstBudget };
        if (exits.Count == 0)
        {
            return (policy, null);
        }

        if (validationLoop.EvaluateExits(_stages[^1]) is not { } answers)
        {
            return (policy with { ExitConfidence = [.. Enumerable.Repeat(ExitThresholdsAfterTraining.WithoutData, exits.Count)] }, null);
        }

        var cost = new CostModel(data.Plan);
        var thresholds = ExitThresholdsAfterTraining.Choose(answers, [.. exits.Select(exit => cost.FractionBehind(exit.AfterBlock))]);
        return (
            policy with { ExitConfidence = thresholds },
            new BudgetCalibration { Rows = answers.LastCorrect.Count, RowsLeftOut = 0, HasLabels = true });
    }

    private int WeightSeed() => (int)(RandomStream.Of(seed, RandomStream.Purpose.Weights).Next() >> 33);

    // The weights after the last stage, which need no copy where the best of them were kept.
    private NetworkWeights RunStages(TrainingContext context, Checkpoint? interrupted)
    {
        if (interrupted is not null)
        {
            channel.Info(
                MessageSensitivity.None, "Going on from the checkpoint after epoch {0}.",
                _stages.Take(interrupted.Stage).Sum(stage => stage.Epochs) + interrupted.EpochsDone);
        }

        var (before, weights) = (0, (NetworkWeights?)null);
        for (var index = 0; index < _stages.Count; index++)
        {
            if (index >= (interrupted?.Stage ?? 0))
            {
                using var run = new StageRun(context, _stages[index], index, before);
                weights = run.Run(index == interrupted?.Stage ? interrupted : null);
            }

            before += _stages[index].Epochs;
        }

        return weights ?? context.Network.Export();
    }
}
