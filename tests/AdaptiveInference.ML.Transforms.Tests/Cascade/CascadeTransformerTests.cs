using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Images;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Cascade;

/// <summary>Who answers which row, and what runs for it.</summary>
[TestClass]
public sealed class CascadeTransformerTests
{
    private readonly MLContext _context = new(1);
    private readonly CascadeModels _models;

    public CascadeTransformerTests() => _models = new CascadeModels(_context);

    [TestMethod]
    public void Transform_SecondNetwork_IsWhatScoringByHandGives()
    {
        var (first, second, data) = (_models.First(), _models.Network(), _models.Rows());
        var (ones, twos) = (_models.Read(first.Transform(data)), TestModels.Read(_context, second.Transform(data)));

        var rows = _models.Read(_context.MulticlassClassification.Cascade(first, second).Transform(data));

        Assert.HasCount(60, rows);
        Assert.IsTrue(rows.Any(row => row.Stage == 1) && rows.Any(row => row.Stage == 2));
        foreach (var (row, one, two) in rows.Zip(ones, twos))
        {
            Assert.AreEqual(one.Accepted ? 1 : 2, row.Stage);
            CollectionAssert.AreEqual(one.Accepted ? one.Score : two.Score, row.Score);
            Assert.AreEqual(one.Accepted ? one.PredictedLabel : two.PredictedLabel, row.PredictedLabel);
            float[] further = one.Accepted ? new float[two.ExecutionPath.Length] : two.ExecutionPath;
            CollectionAssert.AreEqual(one.ExecutionPath.Concat(further).ToArray(), row.ExecutionPath);
            var macs = (one.ComputeFraction * (double)first.FullMacs)
                + (one.Accepted ? 0 : two.ComputeFraction * (double)second.FullMacs);
            Assert.AreEqual(macs / second.FullMacs, row.ComputeFraction, 1e-6);
        }
    }

    [TestMethod]
    public void Transform_SameNetworkToldToRunWhole_AnswersWhatItRefusedUnderABudget()
    {
        var spec = TestModels.Spec(NetworkKind.ConvNetAig) with { AnyBudget = true };
        var network = _models.Network(spec: spec);
        var (first, whole, data) = (_models.Refusing(network.WithGateBudget(0.2f)), network.WithGateBudget(1), _models.Rows());
        var (ones, twos) = (_models.Read(first.Transform(data)), TestModels.Read(_context, whole.Transform(data)));

        var rows = _models.Read(_context.MulticlassClassification.Cascade(first, whole).Transform(data));

        Assert.IsTrue(rows.Any(row => row.Stage == 1) && rows.Any(row => row.Stage == 2));
        foreach (var (row, one, two) in rows.Zip(ones, twos))
        {
            CollectionAssert.AreEqual(one.Accepted ? one.Score : two.Score, row.Score);
            Assert.AreEqual(one.ComputeFraction + (one.Accepted ? 0 : 1), row.ComputeFraction, 1e-6);
        }
    }

    [TestMethod]
    public void Transform_AnotherModel_RunsForRefusedRowsAlone()
    {
        var (first, data) = (_models.First(), _models.Rows());
        var cascade = _context.MulticlassClassification.Cascade(first, _models.Counting());

        var rows = _models.Read(cascade.Transform(data));

        var refused = _models.Read(first.Transform(data)).Count(row => !row.Accepted);
        Assert.AreEqual(refused, rows.Count(row => row.Stage == 2));
        Assert.AreEqual(refused, _models.Calls);
        foreach (var row in rows.Where(row => row.Stage == 2))
        {
            CollectionAssert.AreEqual(CascadeModels.Scores(row.Id, 4), row.Score);
            Assert.AreEqual((uint)(row.Id % 4) + 1, row.PredictedLabel);
            Assert.IsTrue(float.IsNaN(row.ComputeFraction));
        }

        Assert.IsTrue(rows.Where(row => row.Stage == 1).All(row => row.ComputeFraction > 0));
    }

    [TestMethod]
    [DataRow("Stage")]
    [DataRow("ExecutionPath")]
    [DataRow("ComputeFraction")]
    [DataRow("Id")]
    public void Transform_ColumnsThatTheSecondHasNoPartIn_LeaveItAlone(string column)
    {
        var scored = _context.MulticlassClassification.Cascade(_models.First(), _models.Counting()).Transform(_models.Rows());
        using var cursor = scored.GetRowCursor([scored.Schema[column]]);

        var rows = 0;
        while (cursor.MoveNext())
        {
            rows++;
        }

        Assert.AreEqual((60, 0), (rows, _models.Calls));
        Assert.IsTrue(scored.GetColumn<int>("Stage").Distinct().Order().SequenceEqual([1, 2]));
        Assert.AreEqual(0, _models.Calls);
    }

    [TestMethod]
    public void GetGetter_ValuesThatNobodyReads_AreNotComputed()
    {
        var scored = _context.MulticlassClassification.Cascade(_models.First(2f), _models.Counting()).Transform(_models.Rows());
        using var cursor = scored.GetRowCursor(scored.Schema);
        var (score, label) = (cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]),
            cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]));
        VBuffer<float> scores = default;
        uint answer = 0;

        while (cursor.MoveNext())
        {
            if (cursor.Position % 10 == 0)
            {
                score(ref scores);
                label(ref answer);
                score(ref scores);
            }
        }

        Assert.AreEqual(6, _models.Calls);
    }

    [TestMethod]
    public void Transform_ImageFilesAndASecondWithStepsOfItsOwn_IsWhatScoringByHandGives()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var rows = Enumerable.Range(0, 12).Select(i => new FileRow { Path = $"{i}.png" }).ToArray();
            foreach (var (i, row) in rows.Index())
            {
                using var picture = TestImages.Colours(8 + i, 20 - i);
                picture.Save(Path.Combine(folder.FullName, row.Path));
            }

            var data = _context.Data.LoadFromEnumerable(rows);
            var load = _context.Transforms.LoadImages("Image", folder.FullName, "Path").Fit(data);
            var images = load.Transform(data);
            var spec = TestModels.Spec(channels: 3) with { Exits = [] };
            var first = _models.Network(spec: spec, columns: TestModels.Columns with { Features = "Image" });
            var scores = first.Transform(images).GetColumn<float[]>("Score").ToArray();
            var threshold = scores.Select(row => row.Max()).Order().ElementAt(6);
            first = _models.Refusing(first, threshold);
            Assert.AreEqual(6, first.Transform(images).GetColumn<bool>("Accepted").Count(accepted => !accepted));
            var steps = _context.Transforms.ResizeImages("Image", TestModels.Side, TestModels.Side)
                .Append(_context.Transforms.ExtractPixels("Pixels", "Image")).Fit(images);
            var second = steps.Append(_models.Network(spec: spec, columns: TestModels.Columns with { Features = "Pixels" }));
            var others = second.Transform(images).GetColumn<float[]>("Score").ToArray();
            var model = load.Append(_context.MulticlassClassification.Cascade(first, second));
            using var engine = _context.Model.CreatePredictionEngine<FileRow, CascadedRow>(
                model, new PredictionEngineOptions { IgnoreMissingColumns = true });

            var answers = _models.Read(model.Transform(data));

            Assert.AreEqual(6, answers.Count(row => row.Stage == 2));
            foreach (var (i, answer) in answers.Index())
            {
                CollectionAssert.AreEqual(answer.Stage == 1 ? scores[i] : others[i], answer.Score);
                Assert.AreEqual(answer.Bits(), engine.Predict(rows[i]).Bits());
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Transform_StageAlone_DoesNotRunTheSecondNetwork()
    {
        // A monitor counts the rows that the network which it watches is asked about.
        var monitor = new DriftMonitor();
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), _models.Network().WithMonitor(monitor));
        var scored = cascade.Transform(_models.Rows());

        var refused = scored.GetColumn<int>("Stage").Count(stage => stage == 2);
        Assert.AreEqual(0L, monitor.Report.RowsSeen);
        _ = _models.Read(scored);

        Assert.AreEqual(refused, monitor.Report.RowsSeen);
    }

    [TestMethod]
    public void GetRowCursorSet_SeveralCursorsOnThreads_AskTheSecondOncePerRefusedRow()
    {
        var data = _context.Data.Cache(_models.Rows(90));
        var scored = _context.MulticlassClassification.Cascade(_models.First(), _models.Counting()).Transform(data);
        var expected = _models.Read(scored).ToDictionary(row => row.Id, row => (row.Stage, string.Join(",", row.Score)));
        _models.Reset();

        var seen = new System.Collections.Concurrent.ConcurrentDictionary<int, (int, string)>();
        Parallel.ForEach(scored.GetRowCursorSet(scored.Schema, 3), cursor => ReadInto(seen, cursor));

        CollectionAssert.AreEquivalent(expected, seen.ToDictionary());
        Assert.AreEqual(expected.Values.Count(row => row.Stage == 2), _models.Calls);
    }

    [TestMethod]
    public void GetRowCursorSet_SecondNetwork_GivesTheSameBits()
    {
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), _models.Network());
        var scored = cascade.Transform(_context.Data.Cache(_models.Rows(90)));
        var expected = _models.Read(scored).ToDictionary(row => row.Id, row => (row.Stage, string.Join(",", row.Score)));

        var seen = new System.Collections.Concurrent.ConcurrentDictionary<int, (int, string)>();
        Parallel.ForEach(scored.GetRowCursorSet(scored.Schema, 3), cursor => ReadInto(seen, cursor));

        CollectionAssert.AreEquivalent(expected, seen.ToDictionary());
    }

    [TestMethod]
    public void Transform_ManyReadersAtOnce_GiveTheSameBits()
    {
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), _models.Network());
        var scored = cascade.Transform(_models.Rows());
        var expected = _models.Read(scored).Select(row => row.Bits()).ToArray();

        Parallel.For(0, 6, _ => CollectionAssert.AreEqual(expected, _models.Read(scored).Select(row => row.Bits()).ToArray()));
    }

    [TestMethod]
    public void Transform_SeveralCursorsOnThreads_EachAskTheSecondOncePerRefusedRow()
    {
        var scored = _context.MulticlassClassification.Cascade(_models.First(), _models.Counting()).Transform(_models.Rows());
        var expected = _models.Read(scored).Select(row => row.Bits()).ToArray();
        var refused = _models.Calls;
        _models.Reset();

        Parallel.For(0, 5, _ => CollectionAssert.AreEqual(expected, _models.Read(scored).Select(row => row.Bits()).ToArray()));

        Assert.IsGreaterThan(0, refused);
        Assert.AreEqual(5 * refused, _models.Calls);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void PredictionEngine_RowByRow_IsWhatTransformGives(bool isNetwork)
    {
        var second = isNetwork ? _models.Network() : _models.Counting();
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), second);
        var expected = _models.Read(cascade.Transform(_models.Rows()));
        _models.Reset();
        using var engine = _context.Model.CreatePredictionEngine<VectorRow, CascadedRow>(
            cascade, new PredictionEngineOptions
            {
                IgnoreMissingColumns = true, InputSchemaDefinition = TestModels.Schema(), OwnsTransformer = false,
            });

        foreach (var (row, wanted) in TestModels.Rows(60).Zip(expected))
        {
            Assert.AreEqual(wanted.Bits(), engine.Predict(row).Bits());
        }

        Assert.AreEqual(isNetwork ? 0 : expected.Count(row => row.Stage == 2), _models.Calls);
    }

    [TestMethod]
    public void Transform_Shuffled_ScoresBelongToTheirRows()
    {
        foreach (var second in new[] { _models.Network(), _models.Counting() })
        {
            var scored = _context.MulticlassClassification.Cascade(_models.First(), second).Transform(_models.Rows());
            var expected = _models.Read(scored).ToDictionary(row => row.Id, row => row.Bits());

            var shuffled = _models.Read(_context.Data.ShuffleRows(scored, seed: 5));

            Assert.IsTrue(shuffled.Index().Any(row => row.Item.Id != row.Index));
            Assert.HasCount(60, shuffled);
            Assert.IsTrue(shuffled.All(row => expected[row.Id] == row.Bits()));
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void Transform_NoRowOrOne_GivesAsMany(int count)
    {
        foreach (var second in new[] { _models.Network(), _models.Counting() })
        {
            var cascade = _context.MulticlassClassification.Cascade(_models.First(), second);

            Assert.HasCount(count, _models.Read(cascade.Transform(_models.Rows(count))));
        }
    }

    [TestMethod]
    public void Transform_NaNAmongTheSecondsScores_LeavesTheLabelOut()
    {
        var second = _models.Counting(alter: (answers, id) => answers.Score[2] = id % 2 == 0 ? float.NaN : answers.Score[2]);

        var rows = _models.Read(_context.MulticlassClassification.Cascade(_models.First(2f), second).Transform(_models.Rows()));

        Assert.IsTrue(rows.Where(row => row.Id % 2 == 0).All(row => row.PredictedLabel == 0 && float.IsNaN(row.Score[2])));
        Assert.IsTrue(rows.Where(row => row.Id % 2 == 1).All(row => row.PredictedLabel == row.Id % 4 + 1));
    }

    [TestMethod]
    public void Transform_TiedScores_AreOfTheFirstClassInTheFirstModelsOrder()
    {
        var second = _models.Counting(["dress", "coat", "boot", "bag"], (answers, _) => answers.Score = [1, 1, 1, 0]);

        var rows = _models.Read(_context.MulticlassClassification.Cascade(_models.First(2f), second).Transform(_models.Rows(3)));

        // bag 0, boot 1, coat 1, dress 1.
        Assert.IsTrue(rows.All(row => row.Stage == 2 && row.PredictedLabel == 2));
        Assert.IsTrue(rows.All(row => row.Score.SequenceEqual([0f, 1f, 1f, 1f])));
    }

    [TestMethod]
    public void Transform_ClassesInAnotherOrder_AreMatchedByName()
    {
        string[] order = ["dress", "bag", "coat", "boot"];
        var (first, data) = (_models.First(2f), _models.Rows());
        var second = _models.Network(ClassLabels.OfNames(order));

        var rows = _models.Read(_context.MulticlassClassification.Cascade(first, second).Transform(data));

        foreach (var (row, own) in rows.Zip(TestModels.Read(_context, second.Transform(data))))
        {
            Assert.AreEqual(2, row.Stage);
            Assert.AreEqual(order[own.PredictedLabel - 1], TestModels.Names[row.PredictedLabel - 1]);
            foreach (var (name, i) in TestModels.Names.Select((name, i) => (name, i)))
            {
                Assert.AreEqual(own.Score[Array.IndexOf(order, name)], row.Score[i]);
            }
        }
    }

    [TestMethod]
    public void Transform_SecondNetworkThatRefuses_DecidesWhatIsAccepted()
    {
        var data = _models.Rows();
        var second = _models.Refusing(_models.Network());
        var (ones, twos) = (_models.Read(_models.First().Transform(data)), _models.Read(second.Transform(data)));

        var scored = _context.MulticlassClassification.Cascade(_models.First(), second).Transform(data);

        var rows = _models.Read(scored);
        Assert.IsTrue(rows.Zip(ones, twos).All(row => row.First.Accepted == (row.Second.Accepted || row.Third.Accepted)));
        Assert.IsTrue(rows.Any(row => row.Stage == 2 && row.Accepted) && rows.Any(row => !row.Accepted));
        double risk = 0;
        scored.Schema["Accepted"].Annotations.GetValue("MaximumRisk", ref risk);
        Assert.AreEqual(0.1, risk);
    }

    [TestMethod]
    public void Transform_SecondNetworkOfAnotherColumnAndSize_IsWhatScoringByHandGives()
    {
        const int Large = 16;
        var rows = TestModels.Rows(40).Select(row => new TwoSizes { Id = row.Id, Features = row.Features, Large = Enlarged(row) });
        var schema = SchemaDefinition.Create(typeof(TwoSizes));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, TestModels.Side, TestModels.Side);
        schema["Large"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Large, Large);
        var data = _context.Data.LoadFromEnumerable(rows.ToArray(), schema);
        var second = _models.Network(
            spec: CascadeModels.Spec with { Image = new ImageShape(1, Large, Large) },
            columns: TestModels.Columns with { Features = "Large", Score = "Probabilities" });
        var scores = second.Transform(data).GetColumn<float[]>("Probabilities").ToArray();

        var answers = _models.Read(_context.MulticlassClassification.Cascade(_models.First(), second).Transform(data));

        Assert.IsTrue(answers.Any(row => row.Stage == 2));
        Assert.IsTrue(answers.Where(row => row.Stage == 2).All(row => row.Score.SequenceEqual(scores[row.Id])));
        Assert.IsTrue(answers.All(row => row.ExecutionPath.Length == 12 && row.ComputeFraction > 0));

        static float[] Enlarged(VectorRow row)
            => [.. Enumerable.Range(0, Large * Large).Select(i => row.Features[i % row.Features.Length])];
    }

    [TestMethod]
    public void Transform_CascadeAsSecond_AsksOnEveryStepWhatIsLeft()
    {
        var (first, middle, data) = (_models.First(), _models.Refusing(_models.Network()), _models.Rows());
        var inner = _context.MulticlassClassification.Cascade(middle, _models.Counting());

        var rows = _models.Read(_context.MulticlassClassification.Cascade(first, inner).Transform(data));

        var left = _models.Read(first.Transform(data)).Zip(_models.Read(middle.Transform(data)))
            .Count(row => !row.First.Accepted && !row.Second.Accepted);
        Assert.IsGreaterThan(0, left);
        Assert.AreEqual(left, _models.Calls);
        Assert.IsTrue(rows.All(row => row.ExecutionPath.Length == 12));
    }

    [TestMethod]
    public void Transform_ImageThatTheFirstCannotRead_NamesTheRow()
    {
        var rows = TestModels.Rows(50);
        rows[37].Features[5] = float.NaN;
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), _models.Counting());

        var error = Assert.ThrowsExactly<FormatException>(() => _models.Read(cascade.Transform(TestModels.View(_context, rows))));

        StringAssert.StartsWith(error.Message, "Row 37 of column 'Features': a pixel is NaN or infinite.");
    }

    [TestMethod]
    public void Append_BehindOtherSteps_ScoresWhatTheyMake()
    {
        var data = TestModels.View(_context, TestModels.Rows(30));
        var steps = _context.Transforms.CopyColumns("Features", "Pixels");
        var raw = _context.Transforms.CopyColumns("Pixels", "Features").Append(_context.Transforms.DropColumns("Features"))
            .Fit(data).Transform(data);
        var cascade = _context.MulticlassClassification.Cascade(_models.First(), _models.Network());

        var chain = new TransformerChain<ITransformer>(steps.Fit(raw)).Append(cascade)
            .Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(cascade.Transform(data)));

        var expected = _models.Read(cascade.Transform(data)).Select(row => TestModels.Names[row.PredictedLabel - 1]);
        CollectionAssert.AreEqual(expected.ToArray(), chain.Transform(raw).GetColumn<string>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void Dispose_Cascade_DisposesBothAsAChainDoes()
    {
        var second = new Disposed(_models.Counting());

        _context.MulticlassClassification.Cascade(_models.First(), second).Dispose();

        Assert.IsTrue(second.IsDisposed);
    }

    private static void ReadInto(IDictionary<int, (int, string)> seen, DataViewRowCursor cursor)
    {
        using (cursor)
        {
            var id = cursor.GetGetter<int>(cursor.Schema["Id"]);
            var stage = cursor.GetGetter<int>(cursor.Schema["Stage"]);
            var score = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]);
            var label = cursor.GetGetter<uint>(cursor.Schema["PredictedLabel"]);
            VBuffer<float> values = default;
            while (cursor.MoveNext())
            {
                int key = 0, by = 0;
                uint answer = 0;
                id(ref key);
                stage(ref by);
                score(ref values);
                label(ref answer);
                seen.Add(key, (by, string.Join(",", values.DenseValues())));
            }
        }
    }

    private sealed class FileRow
    {
        public string Path { get; set; } = "";
    }

    private sealed class TwoSizes
    {
        public int Id { get; set; }

        public float[] Features { get; set; } = [];

        public float[] Large { get; set; } = [];
    }

    private sealed class Disposed(ITransformer model) : ITransformer, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public bool IsRowToRowMapper => true;

        public void Dispose() => IsDisposed = true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => model.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => model.GetRowToRowMapper(inputSchema);

        public IDataView Transform(IDataView input) => model.Transform(input);

        void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }
}
