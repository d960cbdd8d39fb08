using System.Globalization;
using System.Diagnostics;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Files;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>Trains a run and keeps its model; tests the model and keeps the result.</summary>
internal sealed class RowRunner(EvidenceFolder folder, IdxData data, string? device, bool byLabels)
{
    private const int ReferenceDepth = 20;

    /// <summary>
    /// Budgets of the curve, as fractions of the MACs of a ResNet-20, so that networks of all depths meet at the same budgets.
    /// </summary>
    private static readonly double[] Budgets = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 1];

    /// <summary>Those of them at which the controls are run too.</summary>
    private static readonly double[] Controlled = [0.3, 0.5, 0.7];

    /// <summary>Trains, or goes on where an earlier process stopped.</summary>
    public void Train(EvidenceRun run)
    {
        if (folder.HasModel(run) || run.Row.Asked is not null)
        {
            return;
        }

        var context = new MLContext(run.Seed);
        var progress = new RowProgress(run, folder.Record(run), device);
        var options = EvidenceRows.Common(run.Row.Options) with
        {
            MixedPrecision = !run.Row.InSinglePrecision,
            Seed = run.Seed,
            Epochs = run.Epochs,
            Device = device,
            ValidationSet = data.Validation(context),
            CheckpointFolder = folder.Checkpoints(run),
            Progress = progress,
            Teacher = Load(context, run, run.Row.Teacher),
            InitialModel = Load(context, run, run.Row.StartsFrom),
        };
        var training = data.Training(context);
        var model = Fit(context.MulticlassClassification.Trainers, options, training);
        progress.Write();
        AtomicFile.Write(folder.Model(run.FileName), stream => context.Model.Save(model, training.Schema, stream));
    }

    public void Test(EvidenceRun run)
    {
        if (run.Row.Asked is var (first, second))
        {
            Keep(Both(run, first, second), run);
            return;
        }

        var context = new MLContext(run.Seed);
        var model = Load(context, run, run.Row.Name)!;
        var record = TrainingRecord.Read(folder.Record(run))
            ?? throw new BenchmarkArgumentException($"The model {run.FileName} has no record of its training. Delete it to train it anew.");
        var spec = model.Model.Spec;
        var (hasGates, hasExits) = (model.Blocks.Any(block => block.IsGated), spec.Exits.Count > 0);
        var result = new EvidenceResult
        {
            Set = run.Set.Key,
            Row = run.Row.Name,
            Seed = run.Seed,
            Epochs = run.Epochs,
            TrainingSeconds = record.Seconds,
            FullMacs = model.FullMacs,
            HasGates = hasGates,
            HasExits = hasExits,
            Trained = run.Row.Options is ResNetTrainer.Options { BlockDropRate: > 0 and var rate }
                ? RandomDropping.Test(context, model, rate, data.Test)
                : new ModelTest(model, data.Test).Run(null, controls: true),
            Curve = hasGates || hasExits ? [.. Curve(context, run, model)] : [],
            Provenance = record.Provenance,
            InSinglePrecision = record.InSinglePrecision,
        };
        Keep(result, run);
    }

    private void Keep(EvidenceResult result, EvidenceRun run)
    {
        ResultFile.Append(folder.Results, result);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTime.Now:HH:mm:ss} {run.FileName}: accuracy {result.Trained.Accuracy:P2} "
            + $"at {result.Trained.MeanMacs / 1e6:F2} million MACs"));
    }

    // Nothing was trained for it: where and when is said of the network that answers last.
    private EvidenceResult Both(EvidenceRun run, string first, string second)
    {
        var context = new MLContext(run.Seed);
        var quick = Load(context, run, first)!;
        var thorough = Load(context, run, second)!;
        thorough = thorough.GateBudget is null ? thorough : thorough.WithGateBudget(1);
        var unit = ReferenceMacs(quick);
        var settings = quick.GateBudget is null
            ? [quick]
            : Budgets.Select(share => Turned(quick, data.Validation(context), share * unit / quick.FullMacs))
                .OfType<GatedResNetTransformer>().ToList();
        List<TestPoint> curve =
        [
            .. new AskedTwice(settings, thorough).Curve(
                data.ValidationPixels(), data.Test, Budgets.Select(share => (share * unit, Controlled.Contains(share)))),
        ];
        var half = curve.First(point => point.Budget * thorough.FullMacs >= (unit / 2) - 1);
        return new EvidenceResult
        {
            Set = run.Set.Key, Row = run.Row.Name, Seed = run.Seed, Epochs = run.Epochs, TrainingSeconds = 0,
            FullMacs = thorough.FullMacs, HasGates = false, HasExits = true,
            Trained = half with { Budget = null }, Curve = curve,
            Provenance = TrainingRecord.Read(folder.Record(run with { Row = EvidenceRows.Of(second) }))!.Provenance,
        };
    }

    /// <summary>Measures the time per image of the models that are there and adds it to their results.</summary>
    public void Time(IEnumerable<EvidenceRun> runs)
    {
        var results = folder.AllResults(runs.ToList()).ToDictionary(result => (result.Row, result.Seed, result.Epochs));
        var there = runs.Where(run => folder.HasModel(run) && results.ContainsKey((run.Row.Name, run.Seed, run.Epochs))).ToList();
        var times = ModelTiming.Run([.. there.Select(run => Load(new MLContext(run.Seed), run, run.Row.Name)!)], data.Test);
        foreach (var (run, time) in there.Zip(times))
        {
            ResultFile.Append(folder.Results, results[(run.Row.Name, run.Seed, run.Epochs)] with { MillisecondsPerImage = time });
            Console.WriteLine(FormattableString.Invariant($"{run.FileName}: {time:F3} ms per image"));
        }
    }

    private static GatedResNetTransformer Fit(
        MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, GatedResNetTrainerOptions options, IDataView training)
        => options switch
        {
            SkipNetTrainer.Options skipNet => trainers.SkipNet(skipNet).Fit(training),
            ConvNetAigTrainer.Options convNetAig => trainers.ConvNetAig(convNetAig).Fit(training),
            ResNetTrainer.Options resNet => trainers.ResNet(resNet).Fit(training),
            _ => throw new UnreachableException(),
        };

    private IEnumerable<TestPoint> Curve(MLContext context, EvidenceRun run, GatedResNetTransformer model)
    {
        var unitMacs = ReferenceMacs(model);
        var calibration = data.Validation(context);
        foreach (var share in Budgets)
        {
            var budget = share * unitMacs / model.FullMacs;
            if (Turned(model, calibration, budget) is { } turned)
            {
                yield return new ModelTest(turned, data.Test).Run(budget, controls: run.Row.IsForAnyBudget && Controlled.Contains(share));
            }
        }
    }

    // Of a static network that reads the same images.
    private static long ReferenceMacs(GatedResNetTransformer model)
    {
        var unit = model.Model.Spec with
        {
            Network = NetworkKind.ResNet, Architecture = ResNetArchitecture.Cifar(ReferenceDepth), Exits = [], AnyBudget = false,
        };
        return new Transforms.Cost.CostModel(Transforms.Architectures.BlockPlan.Of(unit)).Full;
    }

    private GatedResNetTransformer? Turned(GatedResNetTransformer model, IDataView calibration, double budget)
    {
        try
        {
            return byLabels ? model.WithComputeBudget(calibration, budget, IdxData.Label) : model.WithComputeBudget(calibration, budget);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;   // The curve has no such point.
        }
    }

    private GatedResNetTransformer? Load(MLContext context, EvidenceRun run, string? row)
    {
        if (row is null)
        {
            return null;
        }

        var loaded = context.Model.Load(folder.Model(run.NameOf(row)), out _);
        return loaded.AdaptiveNetwork();
    }
}
