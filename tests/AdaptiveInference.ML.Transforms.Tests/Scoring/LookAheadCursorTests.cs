using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Scoring;

[TestClass]
public sealed class LookAheadCursorTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(31)]
    [DataRow(32)]
    [DataRow(65)]
    public void MoveNext_AnyNumberOfRows_HandsOutEachOnceInOrder(int count)
    {
        var scored = TestModels.Transformer(context: _context).Transform(TestModels.View(_context, TestModels.Rows(count)));

        var ids = scored.GetColumn<int>("Id").ToArray();
        using var cursor = scored.GetRowCursor(scored.Schema);
        Assert.AreEqual(-1, cursor.Position);
        for (var i = 0; i < count; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual(i, cursor.Position);
        }

        Assert.IsFalse(cursor.MoveNext());
        Assert.IsFalse(cursor.MoveNext());
        CollectionAssert.AreEqual(Enumerable.Range(0, count).ToArray(), ids);
    }

    [TestMethod]
    public void MoveNext_BadPixelInTheMiddle_FailsAtThatRowAndNamesIt()
    {
        var rows = TestModels.Rows(50);
        rows[37].Features[5] = float.NaN;
        var scored = TestModels.Transformer(context: _context).Transform(TestModels.View(_context, rows));
        using var cursor = scored.GetRowCursor(scored.Schema);
        for (var i = 0; i < 37; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
        }

        var error = Assert.ThrowsExactly<FormatException>(() => cursor.MoveNext());

        Assert.AreEqual(
            "Row 37 of column 'Features': a pixel is NaN or infinite. Remove or repair this row (rows are numbered from 0 as they are "
                + "read).",
            error.Message);
    }

    [TestMethod]
    public void MoveNext_InputFailsInTheMiddle_HandsOutTheRowsBefore()
    {
        var scored = TestModels.Transformer(context: _context).Transform(_context.Data.LoadFromEnumerable(Failing(10), Schema()));
        using var cursor = scored.GetRowCursor(scored.Schema);
        for (var i = 0; i < 10; i++)
        {
            Assert.IsTrue(cursor.MoveNext());
        }

        var error = Assert.Throws<Exception>(() => cursor.MoveNext());

        StringAssert.Contains(error.ToString(), "the disk is gone");
    }

    [TestMethod]
    public void Dispose_BeforeTheEnd_EndsTheInputAndLeavesNoRows()
    {
        var scored = TestModels.Transformer(context: _context).Transform(TestModels.View(_context, TestModels.Rows(500)));
        var cursor = scored.GetRowCursor(scored.Schema);
        Assert.IsTrue(cursor.MoveNext());

        cursor.Dispose();
        cursor.Dispose();

        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void GetRowCursor_OnlyInputColumns_DoesNotScore()
    {
        var rows = TestModels.Rows(3);
        rows[1].Features[0] = float.NaN;
        var scored = TestModels.Transformer(context: _context).Transform(TestModels.View(_context, rows));

        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, scored.GetColumn<int>("Id").ToArray());
    }

    [TestMethod]
    public void GetRowCursor_Shuffled_ScoresBelongToTheirRows()
    {
        var rows = TestModels.Rows(100);
        var transformer = TestModels.Transformer(context: _context);
        var scored = transformer.Transform(TestModels.View(_context, rows));
        var expected = TestModels.Read(_context, scored).ToDictionary(row => row.Id, row => row.Bits());

        var shuffled = TestModels.Read(_context, _context.Data.ShuffleRows(scored, seed: 5));

        Assert.HasCount(100, shuffled);
        Assert.AreNotEqual(0, shuffled.Zip(Enumerable.Range(0, 100)).Count(pair => pair.First.Id != pair.Second));
        Assert.IsTrue(shuffled.All(row => expected[row.Id] == row.Bits()));
    }

    [TestMethod]
    public void GetRowCursorSet_SeveralCursors_TogetherGiveEveryRowOnce()
    {
        var scored = TestModels.Transformer(context: _context).Transform(
            _context.Data.Cache(TestModels.View(_context, TestModels.Rows(90))));
        var expected = TestModels.Read(_context, scored).ToDictionary(row => row.Id, row => row.Score[0]);

        var seen = new Dictionary<int, float>();
        foreach (var cursor in scored.GetRowCursorSet(scored.Schema, 3))
        {
            using (cursor)
            {
                var id = cursor.GetGetter<int>(scored.Schema["Id"]);
                var score = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
                while (cursor.MoveNext())
                {
                    var key = 0;
                    VBuffer<float> values = default;
                    id(ref key);
                    score(ref values);
                    seen.Add(key, values.GetItemOrDefault(0));
                }
            }
        }

        CollectionAssert.AreEquivalent(expected, seen);
    }

    [TestMethod]
    public void GetRowCursorSet_ScoredColumns_OneCursorThatScoresOnAllCores()
    {
        var scored = TestModels.Transformer(context: _context).Transform(
            _context.Data.Cache(TestModels.View(_context, TestModels.Rows(90))));

        var cursors = scored.GetRowCursorSet([scored.Schema["Score"]], 3);

        Assert.HasCount(1, cursors);
        Assert.IsInstanceOfType<LookAheadCursor>(cursors[0]);
        cursors[0].Dispose();
    }

    [TestMethod]
    public void GetGetter_InactiveColumnOrWrongType_IsRefused()
    {
        var scored = TestModels.Transformer(context: _context).Transform(TestModels.View(_context, TestModels.Rows(1)));
        using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => cursor.GetGetter<float>(scored.Schema["ComputeFraction"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<int>(scored.Schema["Score"]));
    }

    private static SchemaDefinition Schema()
    {
        var schema = SchemaDefinition.Create(typeof(VectorRow));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, TestModels.Side * TestModels.Side);
        return schema;
    }

    private static IEnumerable<VectorRow> Failing(int good)
    {
        foreach (var row in TestModels.Rows(good))
        {
            yield return row;
        }

        throw new IOException("the disk is gone");
    }
}
