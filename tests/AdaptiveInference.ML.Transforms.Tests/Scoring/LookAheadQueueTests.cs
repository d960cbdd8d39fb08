using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

[TestClass]
public sealed class LookAheadQueueTests
{
    private readonly MLContext _context = new(1);
    private readonly GatedResNetTransformer _transformer;
    private readonly List<VectorRow> _rows = TestModels.Rows(60);
    private readonly RowScorer _scorer;

    public LookAheadQueueTests()
    {
        _transformer = TestModels.Transformer(context: _context);
        var schema = TestModels.View(_context, _rows).Schema;
        _scorer = new RowScorer(
            PlanSource.Of(_transformer.Plan), _transformer.Model.Policy, ImageColumn.Of(schema, "Features", _transformer.ImageShape));
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(1, 7)]
    [DataRow(2, 4)]
    [DataRow(5, 16)]
    public void WaitFor_AnyNumberOfCoresAndPlaces_GivesEveryRowItsOwnResult(int cores, int capacity)
    {
        var queue = new LookAheadQueue(_scorer, capacity, cores);
        var expected = new ScoreResult(TestModels.Names.Length, _transformer.Blocks.Count);
        var added = 0;
        for (var row = 0; row < _rows.Count; row++)
        {
            for (; added < Math.Min(_rows.Count, row + capacity); added++)
            {
                Fill(queue, added, _rows[added].Features);
            }

            queue.WaitFor(row);

            RowScorer.Run(_transformer.Plan, _transformer.Model.Policy, _rows[row].Features, expected);
            Assert.IsNull(queue[row].Error);
            CollectionAssert.AreEqual(expected.Probabilities, queue[row].Result.Probabilities);
            CollectionAssert.AreEqual(expected.Path, queue[row].Result.Path);
        }
    }

    [TestMethod]
    [DataRow(2, 1)]
    [DataRow(2, 2)]
    [DataRow(3, 3)]
    [DataRow(8, 5)]
    [Timeout(120_000)]
    public void WaitFor_ManyRowsInFewPlaces_MissesNone(int cores, int capacity)
    {
        var queue = new LookAheadQueue(_scorer, capacity, cores);
        var random = new Random(capacity);
        const int Rows = 2_000;
        var added = 0;
        for (var row = 0; row < Rows; row++)
        {
            // Sometimes one more and sometimes as many as there is room for, so that helpers come, go and are called again.
            for (var until = Math.Min(Rows, row + 1 + random.Next(capacity)); added < until; added++)
            {
                Fill(queue, added, _rows[added % _rows.Count].Features);
            }

            queue.WaitFor(row);
            Assert.IsTrue(queue[row].Done);
            Assert.AreEqual(row, queue[row].Row);
        }

        queue.Stop();
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void WaitFor_RowThatCannotBeScored_KeepsItsErrorAndScoresTheOthers(int cores)
    {
        var queue = new LookAheadQueue(_scorer, 8, cores);
        for (var row = 0; row < 8; row++)
        {
            Fill(queue, row, row == 3 ? new float[5] : _rows[row].Features);
        }

        for (var row = 0; row < 8; row++)
        {
            queue.WaitFor(row);
            Assert.AreEqual(row == 3, queue[row].Error is not null);
        }

        Assert.IsInstanceOfType<FormatException>(queue[3].Error!.SourceException);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public void Stop_RowsInWork_ComesBackWhenNobodyScores(int cores)
    {
        var queue = new LookAheadQueue(_scorer, 60, cores);
        for (var row = 0; row < 60; row++)
        {
            Fill(queue, row, _rows[row].Features);
        }

        queue.Stop();

        var done = Done(queue);
        Thread.Sleep(50);
        Assert.AreEqual(done, Done(queue), "A row was scored after Stop.");
    }

    private static int Done(LookAheadQueue queue) => Enumerable.Range(0, 60).Count(row => queue[row].Done);

    private static void Fill(LookAheadQueue queue, int row, float[] pixels)
    {
        queue[row].Error = null;
        queue[row].Row = row;
        queue[row].Image.Values = new VBuffer<float>(pixels.Length, pixels);
        queue.Add();
    }
}
