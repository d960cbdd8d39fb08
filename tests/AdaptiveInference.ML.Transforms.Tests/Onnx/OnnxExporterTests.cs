using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Promises;
using AdaptiveInference.ML.Transforms.Scoring;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx;

/// <summary>The exported file in ONNX Runtime against the plan: same probabilities, same paths, same costs.</summary>
[TestClass]
public sealed class OnnxExporterTests
{
    private const float Tolerance = 1e-4f;

    private readonly MLContext _context = new(1);

    public static IEnumerable<object[]> Networks =>
    [
        [NetworkKind.ResNet, GateKind.Recurrent, ResNetArchitecture.Cifar(14), HeadKind.Pooled],
        [NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(20), HeadKind.Pooled],
        [NetworkKind.SkipNet, GateKind.FeedForwardI, ResNetArchitecture.Cifar(20), HeadKind.Grid],
        [NetworkKind.SkipNet, GateKind.FeedForwardII, ResNetArchitecture.Cifar(20), HeadKind.Pooled],
        [NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.Cifar(20), HeadKind.Grid],
        [NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.ImageNet(18), HeadKind.Pooled],
        [NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.ImageNet(50), HeadKind.Grid],
        [NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.ImageNet([1, 2, 1]), HeadKind.Pooled],
        [NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.ImageNet([1, 1, 2], bottleneck: true), HeadKind.Pooled],
        [NetworkKind.SkipNet, GateKind.Recurrent, Strided.WithStemWidth(8), HeadKind.Grid],
        [NetworkKind.ResNet, GateKind.Recurrent, Strided, HeadKind.Pooled],
        [NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.Cifar(14).WithStemWidth(24), HeadKind.Grid],
    ];

    private static ResNetArchitecture Strided => ResNetArchitecture.ImageNet([1, 2], bottleneck: true).WithStrideInFirstConvolution();

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Export_EveryNetwork_RunsInOnnxRuntimeAsInThePlan(
        NetworkKind network, GateKind gate, ResNetArchitecture architecture, HeadKind head)
    {
        var spec = Spec(network, gate, architecture) with { Head = head };

        AssertSame(Transformer(spec, ScoringPolicy.Default), images: 8);
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(0.4f)]
    public void Export_GateThresholdTurned_IsFollowed(float threshold)
    {
        var spec = Spec(NetworkKind.SkipNet, GateKind.FeedForwardII, ResNetArchitecture.Cifar(20));

        AssertSame(Transformer(spec, ScoringPolicy.Default).WithGateThreshold(threshold), images: 8);
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, 0.2f, null)]
    [DataRow(NetworkKind.SkipNet, 0.7f, 0.4f)]
    [DataRow(NetworkKind.ConvNetAig, 0.45f, null)]
    [DataRow(NetworkKind.ConvNetAig, 1f, null)]
    public void Export_GatesToldABudget_AreToldItInTheGraph(NetworkKind network, float budget, float? threshold)
    {
        var spec = Spec(network, GateKind.Recurrent, ResNetArchitecture.Cifar(20)) with { AnyBudget = true };
        var model = TestModels.Model(spec);
        var before = model.Weights.Layout.ToDictionary(tensor => tensor.Name, tensor => model.Weights.Array(tensor.Name));
        for (var knot = 0; knot < BudgetCurveSpec.Knots; knot++)
        {
            // So steep that a graph without it takes other paths.
            before["layer2.0.gate.budget.bias"][knot] = knot - 5;
        }

        var policy = new ScoringPolicy { Budget = budget, GateThreshold = threshold };
        AssertSame(new GatedResNetTransformer(_context, model.With(policy), TestModels.Columns), images: 8);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Export_Exits_AreTakenAsInThePlan(bool averages)
    {
        var spec = Spec(NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(20)) with
        {
            Exits = [new ExitSpec(1, HeadKind.Grid), new ExitSpec(4, HeadKind.Pooled), new ExitSpec(6, HeadKind.Quarters)],
            AveragesHeads = averages,
        };
        var transformer = Transformer(spec, ScoringPolicy.Default with { ExitConfidence = [0.5f, 1f, 0.4f] });

        var exits = AssertSame(transformer, images: 40);

        Assert.IsGreaterThan(1, exits.Distinct().Count(), "The test needs images that leave at different places.");
    }

    [TestMethod]
    public void Export_MetadataAndNames_TellWhatTheFileHolds()
    {
        using var session = Session(TestModels.Transformer(context: _context));

        Assert.AreEqual("[\"bag\",\"boot\",\"coat\",\"dress\"]", session.ModelMetadata.CustomMetadataMap["class_names"]);
        StringAssert.Contains(session.ModelMetadata.CustomMetadataMap["block_names"], "stage2.block1");
        CollectionAssert.AreEquivalent(new[] { "score", "execution_path", "compute_fraction" }, session.OutputMetadata.Keys.ToArray());
    }

    [TestMethod]
    public void ApplyOnnxModel_InAnMlNetPipeline_GivesTheSameScores()
    {
        var transformer = TestModels.Transformer(context: _context);
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");
        try
        {
            transformer.ExportToOnnx(file);
            var data = TestModels.View(_context, TestModels.Rows(12), 1, TestModels.Side, TestModels.Side);
            var expected = TestModels.Read(_context, transformer.Transform(data));
            var renamed = _context.Transforms.CopyColumns("image", "Features");
            var onnx = renamed.Append(_context.Transforms.ApplyOnnxModel(["score", "execution_path", "compute_fraction"], ["image"], file))
                .Fit(data).Transform(data);

            var scores = onnx.GetColumn<float[]>("score").ToArray();
            var paths = onnx.GetColumn<float[]>("execution_path").ToArray();

            for (var i = 0; i < scores.Length; i++)
            {
                AssertClose(expected[i].Score, scores[i]);
                CollectionAssert.AreEqual(expected[i].ExecutionPath, paths[i]);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    public void ExportToOnnx_AnswersThatAreRefused_AreAnOutput()
    {
        var plain = TestModels.Transformer(context: _context);
        var scores = TestModels.Rows(20).ConvertAll(row => Largest(plain, row.Features));
        var threshold = scores.Order().ElementAt(10);

        using var session = Session(Refusing(plain, threshold, RefusalScore.Probability));
        using var none = Session(Refusing(plain, null, RefusalScore.Probability));

        foreach (var (row, score) in TestModels.Rows(20).Zip(scores).Where(pair => Math.Abs(pair.Second - threshold) > 1e-5))
        {
            Assert.AreEqual(score >= threshold, Accepted(session, row.Features));
            Assert.IsFalse(Accepted(none, row.Features));
        }

        Assert.IsFalse(Session(plain).OutputMetadata.ContainsKey("accepted"));
    }

    [TestMethod]
    [DataRow(RefusalScore.Energy, false)]
    [DataRow(RefusalScore.Distance, false)]
    [DataRow(RefusalScore.Distance, true)]
    public void ExportToOnnx_AcceptedByWhatTheHeadSees_IsTheSameAtEveryExit(RefusalScore score, bool averages)
    {
        var spec = TestModels.Spec() with
        {
            Exits = [new ExitSpec(0, HeadKind.Pooled), new ExitSpec(3, HeadKind.Grid)], AveragesHeads = averages,
        };
        var rows = TestModels.Rows(200);
        var data = TestModels.View(_context, rows, 1, TestModels.Side, TestModels.Side);
        var keyed = _context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(data).Transform(data);
        var careful = TestModels.Transformer(spec, _context).WithExitConfidence(0.4f).WithRefusal(
            keyed, new RefusalOptions { MaximumRisk = 0.98, Confidence = 0.5, LabelColumnName = "Key", Score = score });
        var (acceptance, result) = (new AnswerScore(score, careful.Model.Distances), new RowScorer(
            PlanSource.Of(careful.Model), careful.Model.Policy, null!, refusal: careful.Refusal, distances: careful.Model.Distances)
            .CreateResult());
        var scores = rows.ConvertAll(row =>
        {
            RowScorer.Run(careful.Plan, careful.Model.Policy, row.Features, result);
            return (Score: acceptance.Of(result.Trace, result.PredictedClass), Exit: result.Trace.ExitTaken);
        });
        Assert.IsGreaterThan(1, scores.Select(one => one.Exit).Distinct().Count());
        var threshold = scores.Select(one => one.Score).Order().ElementAt(100);

        using var session = Session(new GatedResNetTransformer(
            _context, careful.Model.With(null, new RefusalGuarantee { Threshold = threshold, Score = score }, careful.Model.Distances),
            careful.Columns));

        foreach (var (row, one) in rows.Zip(scores).Where(pair => Math.Abs(pair.Second.Score - threshold) > 1e-4 * Math.Abs(threshold)))
        {
            Assert.AreEqual(one.Score >= threshold, Accepted(session, row.Features));
        }
    }

    private GatedResNetTransformer Refusing(GatedResNetTransformer plain, float? threshold, RefusalScore score)
        => new(
            _context, plain.Model.With(null, new RefusalGuarantee { Threshold = threshold, Score = score }),
            TestModels.Columns with { Accepted = "Accepted" });

    private static float Largest(GatedResNetTransformer transformer, float[] pixels)
    {
        var result = new ScoreResult(transformer.ClassNames.Count, transformer.Blocks.Count);
        RowScorer.Run(transformer.Plan, transformer.Model.Policy, pixels, result);
        return result.Probabilities.Max();
    }

    private static bool Accepted(InferenceSession session, float[] pixels)
    {
        var image = NamedOnnxValue.CreateFromTensor(
            "image", new DenseTensor<float>(pixels, [1, 1, TestModels.Side, TestModels.Side]));
        using var results = session.Run([image], ["accepted"]);
        return results[0].AsTensor<bool>().Single();
    }

    [TestMethod]
    public void ExportToOnnx_FolderThatDoesNotExist_LeavesNothingBehind()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "model.onnx");

        Assert.ThrowsExactly<DirectoryNotFoundException>(() => TestModels.Transformer(context: _context).ExportToOnnx(path));
    }

    private static NetworkSpec Spec(NetworkKind network, GateKind gate, ResNetArchitecture architecture) => new()
    {
        Network = network,
        Gate = gate,
        Architecture = architecture,
        Image = architecture.Style == ResNetStyle.Cifar ? new ImageShape(3, 17, 14) : new ImageShape(3, 50, 45),
        Classes = TestModels.Names.Length,
    };

    private GatedResNetTransformer Transformer(NetworkSpec spec, ScoringPolicy policy)
        => new(_context, TestModels.Model(spec).With(policy), TestModels.Columns);

    private static InferenceSession Session(GatedResNetTransformer transformer)
    {
        using var stream = new MemoryStream();
        transformer.ExportToOnnx(stream);
        return new InferenceSession(stream.ToArray());
    }

    /// <summary>Compares pictures whose gates are clear of their thresholds.</summary>
    /// <returns>The exit that each image took.</returns>
    private static List<int> AssertSame(GatedResNetTransformer transformer, int images)
    {
        using var session = Session(transformer);
        var shape = transformer.ImageShape;
        var result = new ScoreResult(transformer.ClassNames.Count, transformer.Blocks.Count);
        var exits = new List<int>();
        foreach (var row in TestModels.Rows(images, shape.Channels * shape.Height * shape.Width))
        {
            RowScorer.Run(transformer.Plan, transformer.Model.Policy, row.Features, result);
            var threshold = transformer.Model.Policy.GateThreshold ?? 0.5f;
            if (result.Trace.GateProbability.ToArray().Any(p => Math.Abs(p - threshold) < 1e-4))
            {
                continue;
            }

            var image = new DenseTensor<float>(row.Features, [1, shape.Channels, shape.Height, shape.Width]);
            using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("image", image)]);
            var byName = outputs.ToDictionary(output => output.Name, output => output.AsEnumerable<float>().ToArray());
            AssertClose(result.Probabilities, byName["score"]);
            CollectionAssert.AreEqual(result.Path, byName["execution_path"]);
            Assert.AreEqual(result.ComputeFraction, byName["compute_fraction"].Single(), 1e-5f);
            exits.Add(result.Trace.ExitTaken);
        }

        Assert.IsNotEmpty(exits);
        return exits;
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], Tolerance);
        }
    }
}
