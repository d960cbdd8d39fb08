using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Model;

/// <summary>Sums that overflow end in NaN, which must never pass as a prediction.</summary>
[TestClass]
public sealed class OverflowTests
{
    private const string NoAnswer =
        "The network has no finite answer even for a black image: its weights or channel statistics are so large that sums overflow. "
        + "Train, save or export the network again.";

    private const string FarPixels =
        "Row 2 of column 'Features': the network has no finite answer for pixels from -3E+38 to 3E+38, which are far from those that it "
        + "was trained on. Remove or repair this row (rows are numbered from 0 as they are read).";

    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.ResNet)]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void Transform_PixelsThatOverflow_AreThatRowsError(NetworkKind network)
    {
        using var transformer = Transformer(network);
        var scored = transformer.Transform(TestModels.View(_context, Rows(overflowing: 2)));
        using var cursor = scored.GetRowCursor(scored.Schema);

        Assert.IsTrue(cursor.MoveNext());
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(FarPixels, Assert.ThrowsExactly<FormatException>(() => cursor.MoveNext()).Message);
    }

    [TestMethod]
    public void Predict_PixelsThatOverflow_IsAnErrorAndLeavesNothingBehind()
    {
        using var transformer = Transformer(NetworkKind.SkipNet);
        var rows = Rows(overflowing: 1);
        using var engine = _context.Model.CreatePredictionEngine<VectorRow, ScoredVectorRow>(
            transformer, inputSchemaDefinition: TestModels.Schema());
        var before = engine.Predict(rows[0]).Bits();

        var error = Assert.ThrowsExactly<FormatException>(() => engine.Predict(rows[1]));

        StringAssert.Contains(error.Message, "the network has no finite answer for pixels from -3E+38 to 3E+38");
        Assert.AreEqual(before, engine.Predict(rows[0]).Bits());
    }

    [TestMethod]
    public void AdaptiveFeatures_PixelsThatOverflow_AreThatRowsError()
    {
        var data = TestModels.View(_context, Rows(overflowing: 2));
        var features = _context.Transforms.AdaptiveFeatures("Picture", Transformer(NetworkKind.SkipNet)).Fit(data).Transform(data);

        var error = Assert.ThrowsExactly<FormatException>(
            () => features.GetColumn<VBuffer<float>>("Picture").Count());

        Assert.AreEqual(FarPixels, error.Message);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void WithComputeBudget_PixelsThatOverflow_AreThatRowsError(bool exits)
    {
        var data = TestModels.View(_context, Rows(overflowing: 2));

        var error = Assert.ThrowsExactly<FormatException>(() => Transformer(NetworkKind.SkipNet, exits).WithComputeBudget(data, 0.7));

        Assert.AreEqual(FarPixels, error.Message);
    }

    [TestMethod]
    public void Transform_OrdinaryPixelsOverflow_NamesTheWeights()
    {
        // Black is nothing to this network, and everything else too much.
        var model = Altered(NetworkKind.ResNet, weights => Array.Fill(weights["conv1.weight"], 3e38f));
        var data = TestModels.View(_context, TestModels.Rows(1));
        using var transformer = new GatedResNetTransformer(_context, model, TestModels.Columns);

        var error = Assert.ThrowsExactly<FormatException>(() => TestModels.Read(_context, transformer.Transform(data)));

        StringAssert.EndsWith(
            error.Message,
            ", which are as it expects them: its weights are too large. Remove or repair this row (rows are numbered from 0 as they are "
                + "read).");
    }

    [TestMethod]
    public void Compile_LastHeadOverflows_IsRefused()
        => AssertRefused(NetworkKind.ResNet, weights => Alternate(weights["fc.weight"]));

    [TestMethod]
    public void Compile_GateOverflows_IsRefusedThoughItsBlockCouldBeSkipped()
        => AssertRefused(NetworkKind.ConvNetAig, weights =>
        {
            Alternate(weights["layer2.0.gate.fc1.weight"]);
            Alternate(weights["layer2.0.gate.fc2.weight"]);
        });

    [TestMethod]
    public void Compile_ExitOverflows_IsRefusedThoughTheLastHeadAnswers()
        => AssertRefused(NetworkKind.ResNet, weights => Alternate(weights["exits.0.fc.weight"]));

    [TestMethod]
    public void Compile_OverflowBehindAnExitThatIsCertain_IsRefused()
        => AssertRefused(NetworkKind.ResNet, weights =>
        {
            weights["exits.0.fc.bias"][0] = 1e6f;
            Alternate(weights["fc.weight"]);
        });

    [TestMethod]
    public void Plan_CompiledBehindTheCallerAndNotFinite_FailsEveryTimeItIsAskedFor()
    {
        var source = PlanSource.Behind(Task.CompletedTask, Altered(NetworkKind.ResNet, weights => Alternate(weights["fc.weight"])));

        Assert.AreEqual(NoAnswer, Assert.ThrowsExactly<FormatException>(() => source.Plan).Message);
        Assert.AreEqual(NoAnswer, Assert.ThrowsExactly<FormatException>(() => source.Plan).Message);
        source.ReleaseScratch();
    }

    [TestMethod]
    public void NetworkWeights_NegativeVariance_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Altered(NetworkKind.ResNet, weights => weights["layer1.0.bn2.running_var"][3] = -1e-6f));

        Assert.AreEqual("Tensor 'layer1.0.bn2.running_var' holds a negative variance.", error.Message);
    }

    private GatedResNetTransformer Transformer(NetworkKind network, bool exits = true)
        => new(_context, Altered(network, _ => { }, exits: exits), TestModels.Columns);

    private static void AssertRefused(NetworkKind network, Action<Dictionary<string, float[]>> alter)
    {
        var model = Altered(network, alter);

        var error = Assert.ThrowsExactly<FormatException>(() => InferencePlan.Compile(model.Blocks, model.Weights, model.Channels));

        Assert.AreEqual(NoAnswer, error.Message);
    }

    // Sums of these are infinity less infinity wherever two inputs are not zero.
    private static void Alternate(float[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i % 2 == 0 ? 3e38f : -3e38f;
        }
    }

    // Of pixels as they are, so that large ones stay large.
    private static GatedResNetModel Altered(NetworkKind network, Action<Dictionary<string, float[]>> alter, bool exits = true)
    {
        var random = new RandomNetwork(TestModels.Spec(network) with { Exits = exits ? [new ExitSpec(1, HeadKind.Pooled)] : [] }, 7);
        var weights = random.Weights.Layout.ToDictionary(tensor => tensor.Name, tensor => random.Weights[tensor.Name].ToArray());
        alter(weights);
        return new GatedResNetModel(
            random.Plan,
            new NetworkWeights(random.Plan, weights),
            ChannelStatistics.Identity(1),
            ClassLabels.OfNames(TestModels.Names),
            ScoringPolicy.Default);
    }

    private static List<VectorRow> Rows(int overflowing)
    {
        var rows = TestModels.Rows(5);
        rows[overflowing].Features = [.. Enumerable.Range(0, rows[0].Features.Length).Select(i => i % 3 == 0 ? 3e38f : -3e38f)];
        return rows;
    }
}
