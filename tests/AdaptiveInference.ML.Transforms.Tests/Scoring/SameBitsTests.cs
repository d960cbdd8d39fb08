using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

/// <summary>One image has one result on one machine, bit by bit, wherever and whenever it is scored.</summary>
[TestClass]
public sealed class SameBitsTests
{
    // The first and last rows of what is read ahead at any time on machines of 1 to 64 cores, and places in between.
    private static readonly int[] Positions = [0, 1, 2, 3, 4, 7, 8, 31, 32, 63, 64, 127, 128, 200, 255, 256, 257, 511, 512, 599];

    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(NetworkKind.SkipNet, GateKind.Recurrent)]
    [DataRow(NetworkKind.SkipNet, GateKind.FeedForwardII)]
    [DataRow(NetworkKind.ConvNetAig, GateKind.Recurrent)]
    public void Transform_OneImageAtManyPositionsAmongOthers_SameBits(NetworkKind network, GateKind gate)
    {
        var transformer = TestModels.Transformer(TestModels.Spec(network, gate: gate), _context);
        var rows = TestModels.Rows(600);
        var image = TestModels.Rows(1, seed: 99)[0].Features;
        foreach (var position in Positions)
        {
            rows[position].Features = image;
        }

        var view = TestModels.View(_context, rows);
        using var engine = _context.Model.CreatePredictionEngine<VectorRow, ScoredVectorRow>(
            transformer, inputSchemaDefinition: TestModels.Schema());
        var expected = engine.Predict(new VectorRow { Features = image }).Bits();

        // Several times, and several at once: other workers, and scratch memory that other images have used.
        Parallel.For(0, 4, _ =>
        {
            for (var repetition = 0; repetition < 2; repetition++)
            {
                var scored = TestModels.Read(_context, transformer.Transform(view));
                foreach (var position in Positions)
                {
                    Assert.AreEqual(expected, scored[position].Bits(), $"row {position}");
                }
            }
        });
    }

    [TestMethod]
    public void Transform_SavedAndLoaded_SameBitsAsTheOriginalInEveryWindow()
    {
        var transformer = TestModels.Transformer(context: _context);
        var view = TestModels.View(_context, TestModels.Rows(300));
        using var file = new MemoryStream();
        _context.Model.Save(transformer, view.Schema, file);
        file.Position = 0;
        var loaded = new MLContext(2).Model.Load(file, out _);

        CollectionAssert.AreEqual(
            TestModels.Read(_context, transformer.Transform(view)).ConvertAll(row => row.Bits()),
            TestModels.Read(_context, loaded.Transform(view)).ConvertAll(row => row.Bits()));
    }

    [TestMethod]
    public void Transform_PartOfTheRows_SameBitsAsAllOfThem()
    {
        var transformer = TestModels.Transformer(context: _context);
        var view = TestModels.View(_context, TestModels.Rows(300));
        var all = TestModels.Read(_context, transformer.Transform(view)).ConvertAll(row => row.Bits());

        foreach (var (skipped, taken) in ((int, int)[])[(1, 1), (2, 5), (17, 64), (255, 3), (299, 1)])
        {
            var part = _context.Data.TakeRows(_context.Data.SkipRows(view, skipped), taken);

            CollectionAssert.AreEqual(
                all.Slice(skipped, taken), TestModels.Read(_context, transformer.Transform(part)).ConvertAll(row => row.Bits()));
        }
    }
}
