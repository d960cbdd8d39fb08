using System.Diagnostics;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.Loop;
using AdaptiveInference.ML.Training.Optimisation;
using AdaptiveInference.ML.Training.Recipes;
using Microsoft.ML;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Benchmarks.TrainingSpeed;

/// <summary>The steps of a static network's training, taken apart. Runs in a process of its own.</summary>
internal sealed class ProfiledSteps : IDisposable
{
    public const string Argument = "--steps-of";

    /// <summary>Lines around what is timed, for whoever reads the output.</summary>
    public const string Begin = "steps begin";

    public const string End = "steps end";

    private const int WarmUp = 3;

    // A tenth of them validate; the others make eight full batches.
    private const int SmallImages = 1138;
    private const int ValidationBatch = 64;

    private readonly FitData _data;
    private readonly GatedResNetModule _network;
    private readonly Sgd _optimizer;
    private readonly GatedComputeFraction _compute;
    private readonly ResNetTrainer.Options _options;
    private readonly StageTimes _times = new();

    private ProfiledSteps(IDataView images, ResNetTrainer.Options options, int? keptMiB)
    {
        _options = options;
        _data = FitData.Read(images, options, Path.GetTempPath(), 1, () => { });
        _ = keptMiB is { } kept
            ? GlibcAllocator.KeepBlocksUpTo(kept << 20)
            : GlibcAllocator.KeepFreedMemory((long)_data.Plan.Spec.Image.Height * _data.Plan.Spec.Image.Width);
        _network = new GatedResNetModule(_data.Plan, 1);
        if (options.InitialModel is { } initial)
        {
            _network.TakeBackbone(initial.Model.Weights, [.. Enumerable.Repeat(-1, _data.Plan.Spec.Classes)]);
        }

        _optimizer = new Sgd(ParameterGroups.Of(_network, options.WeightDecay, decaysAll: false), options.Momentum);
        _compute = new GatedComputeFraction(_data.Plan, CPU);
    }

    public static StepProfile Run(ProfileSettings settings)
    {
        LibTorchRuntime.Start();
        set_num_threads(settings.Speed.Threads);
        var (images, options) = FitRun.Data(new MLContext(1), settings.Speed, settings.Speed.Side == 0 ? SmallImages : null);
        options = options with { MixedPrecision = settings.Mixed, Epochs = 1, Seed = 1 };

        var fit = settings.Fits ? FitTimes.Of(images, options) : null;
        PeakMemory.Restart();
        using var steps = new ProfiledSteps(images, options, settings.KeptMiB);
        var profile = steps.Measure(settings.Steps);
        return profile with { Fit = fit, PeakMiB = PeakMemory.MiB };
    }

    public void Dispose()
    {
        _compute.Dispose();
        _optimizer.Dispose();
        _network.Dispose();
        _data.Dispose();
    }

    private StepProfile Measure(int steps)
    {
        using var training = _data.OpenTraining(_options.Augmentation, _options.BatchSize);
        Train(training, WarmUp);
        _times.Clear();
        var (cpu, pages, clock) = (Environment.CpuUsage, StageTimes.PagesTouched(), Stopwatch.GetTimestamp());
        Console.WriteLine(Begin);
        Train(training, steps);
        Console.WriteLine(End);
        var step = Stopwatch.GetElapsedTime(clock).TotalMilliseconds / steps;
        var now = Environment.CpuUsage;
        var processor = (now.TotalTime - cpu.TotalTime).TotalMilliseconds / steps;
        var system = (now.PrivilegedTime - cpu.PrivilegedTime).TotalMilliseconds / steps;
        var touched = (StageTimes.PagesTouched() - pages) / (double)steps;

        using var validation = _data.OpenValidation(ValidationBatch);
        clock = Stopwatch.GetTimestamp();
        new ValidationLoop(_network, _compute, validation, () => { }).Run(ResNetRecipe.Of(_options).Stages[0]);
        var evaluated = Stopwatch.GetElapsedTime(clock).TotalMilliseconds / training.Batches;

        clock = Stopwatch.GetTimestamp();
        var loaded = training.Varied(1, 99).Count();
        var loading = Stopwatch.GetElapsedTime(clock).TotalMilliseconds / loaded;
        return _times.Of(steps) with
        {
            Images = training.Images / (double)training.Batches, Step = step, Processor = processor, System = system, Pages = touched,
            Validation = evaluated, Loading = loading,
        };
    }

    private void Train(BatchLoader images, int steps)
    {
        _network.train();
        _network.InBFloat16 = _options.MixedPrecision is true;
        for (var (done, epoch) = (0, 1); done < steps; epoch++)
        {
            var clock = Stopwatch.GetTimestamp();
            foreach (var batch in images.Varied(1, epoch))
            {
                _times.Wait += StageTimes.Lap(ref clock);
                Step(batch, ref clock);
                if (++done == steps)
                {
                    break;
                }
            }
        }
    }

    // As EpochTrainer's, for a static network.
    private void Step(Batch batch, ref long clock)
    {
        using var scope = NewDisposeScope();
        var labels = batch.LabelsOn(CPU);
        var pass = _network.Run(batch.ImagesOn(CPU), FixedSampler.AllOpen);
        var crossEntropy = nn.functional.cross_entropy(pass.Logits, labels, reduction: nn.Reduction.None);
        var loss = crossEntropy.mean();
        _ = loss.item<float>();
        _times.Forward += StageTimes.Lap(ref clock);
        loss.backward();
        _times.Backward += StageTimes.Lap(ref clock);
        _optimizer.Step(_options.LearningRate / 10);
        _times.Optimizer += StageTimes.Lap(ref clock);
        using (no_grad())
        {
            _ = ValidationLoop.Sums(crossEntropy, pass.Logits, labels, _compute.FractionOf(pass.Gates, labels));
        }

        _times.Counting += StageTimes.Lap(ref clock);
    }
}
