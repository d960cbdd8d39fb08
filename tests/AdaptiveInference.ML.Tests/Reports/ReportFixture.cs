using System.Text;
using System.Xml.Linq;
using AdaptiveInference.ML.Tests.Networks;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests.Reports;

/// <summary>A small random network with gates and an exit, rows for it, and the report of them as a tree.</summary>
internal sealed class ReportFixture
{
    public const int Classes = 3;

    private static readonly NetworkSpec Spec = TestNetworks.Cifar(NetworkKind.SkipNet);
    private static readonly ScoringColumns Columns = new("Features", "Score", "PredictedLabel", "ExecutionPath", "ComputeFraction");

    public ReportFixture(params string[] names)
    {
        ClassNames = names.Length > 0 ? names : ["boot", "coat", "dress"];
        Model = Transformer(Spec).WithExitConfidence(0.6f);
        Static = Transformer(TestNetworks.Cifar(NetworkKind.ResNet) with { Exits = [] });
    }

    public MLContext Context { get; } = new(1);

    public IReadOnlyList<string> ClassNames { get; }

    public GatedResNetTransformer Model { get; }

    public GatedResNetTransformer Static { get; }

    public TrainingProgress[] Training { get; } =
    [
        .. Enumerable.Range(1, 4).Select(epoch => new TrainingProgress
        {
            Stage = epoch == 4 ? TrainingStage.Reinforcement : TrainingStage.Supervised,
            Epoch = epoch, Epochs = 4, Batch = 9, Batches = 9, Loss = 1.0 / epoch, Accuracy = 0.5 + (0.1 * epoch),
            ComputeFraction = 0.9 - (0.1 * epoch), ImagesPerSecond = 100, Elapsed = TimeSpan.FromSeconds(10 * epoch), IsEpochEnd = true,
            ValidationLoss = 1.1 / epoch, ValidationAccuracy = 0.45 + (0.1 * epoch), ValidationComputeFraction = 0.8 - (0.1 * epoch),
        }),
    ];

    /// <summary>Rows whose labels are keys with the class names as values; every n-th label is missing, none at 0.</summary>
    public IDataView Rows(int count, int everyMissing = 7)
    {
        var pixels = TestNetworks.Images(Spec, Math.Min(count, 64), seed: 5);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Spec.Image.Height, Spec.Image.Width);
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), Classes);
        schema["Label"].AddAnnotation(
            "KeyValues", new VBuffer<ReadOnlyMemory<char>>(Classes, [.. ClassNames.Select(name => name.AsMemory())]),
            new VectorDataViewType(TextDataViewType.Instance, Classes));
        return Context.Data.LoadFromEnumerable(
            Enumerable.Range(0, count).Select(i => new Row
            {
                // Of plain objects, ML.NET counts keys from 0; a key that is too large is a missing one.
                Label = everyMissing > 0 && i % everyMissing == everyMissing - 1 ? Classes : (uint)(i % Classes),
                Features = [.. pixels.Skip(i % 64 * Spec.Image.Size).Take(Spec.Image.Size).Select(value => value * (1 + (i % 5)))],
            }),
            schema);
    }

    public AdaptiveReportOptions AllOptions()
        => new() { Model = Model, StaticModel = Static, Training = Training, Title = "Boots & coats" };

    public XElement Report(IDataView rows, AdaptiveReportOptions? options) => Parse(AdaptiveReport.Create(Model.Transform(rows), options));

    /// <summary>Reads the page as XML, which fails where anything is not well-formed.</summary>
    public static XElement Parse(AdaptiveReport report)
    {
        using var stream = new MemoryStream();
        report.Save(stream);
        var text = Encoding.UTF8.GetString(stream.ToArray());
        StringAssert.StartsWith(text, "<!DOCTYPE html>\n<html lang=\"en\">");
        return XElement.Parse(text["<!DOCTYPE html>\n".Length..]);
    }

    /// <summary>The static network with other names for the same outputs.</summary>
    public GatedResNetTransformer StaticOf(params string[] names)
        => Transformer(TestNetworks.Cifar(NetworkKind.ResNet) with { Exits = [] }, names);

    /// <summary>The same network with a stem so large that any image but a black one overflows.</summary>
    public static GatedResNetTransformer Overflowing(GatedResNetTransformer network)
    {
        var model = network.Model;
        var weights = model.Weights.Layout.ToDictionary(
            tensor => tensor.Name,
            tensor => tensor.Name == "conv1.weight" ? [.. Enumerable.Repeat(1e37f, tensor.Length)] : model.Weights[tensor.Name].ToArray());
        return new GatedResNetTransformer(
            new MLContext(1),
            new GatedResNetModel(model.Blocks, new NetworkWeights(model.Blocks, weights), model.Channels, model.Classes, model.Policy),
            Columns);
    }

    /// <summary>The same network with gates that are told a budget.</summary>
    public GatedResNetTransformer Told() => Transformer(Spec with { AnyBudget = true });

    private GatedResNetTransformer Transformer(NetworkSpec spec, IReadOnlyList<string>? names = null)
    {
        var plan = spec.Plan();
        var model = new GatedResNetModel(
            plan, TestNetworks.Weights(plan, seed: 3), ChannelStatistics.Identity(1),
            ClassLabels.OfNames(names ?? ClassNames),
            ScoringPolicy.Default with { Budget = spec.AnyBudget ? 0.5f : null });
        return new GatedResNetTransformer(Context, model, Columns);
    }

    internal sealed class Row
    {
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
