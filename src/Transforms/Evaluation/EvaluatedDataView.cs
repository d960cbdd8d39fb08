using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Evaluation;

/// <summary>
/// Scored rows as ML.NET's evaluator is to see them: labels as keys in the order of the network's classes. Reading them counts their
/// paths, so that rows which are scored when they are read are scored once.
/// </summary>
internal sealed class EvaluatedDataView : IDataView
{
    private readonly IDataView _rows;
    private readonly ScoredColumns _columns;
    private readonly DataViewSchema.Column[] _sources;
    private PathStatistics? _uncounted;

    public EvaluatedDataView(IDataView rows, ScoredColumns columns, string predictedLabelColumnName)
    {
        _rows = rows;
        _columns = columns;
        var predicted = ScoredColumns.Find(
            rows.Schema, new ColumnRole("predicted label", nameof(predictedLabelColumnName), "data"), predictedLabelColumnName);
        _sources = [columns.Label, columns.Score, predicted];
        Paths = _uncounted = new PathStatistics(columns);
        var keys = new DataViewSchema.Annotations.Builder();
        columns.Classes.AddValues(keys, AnnotationNames.KeyValues);
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(columns.Label.Name, new KeyDataViewType(typeof(uint), columns.Classes.Count), keys.ToAnnotations());
        schema.AddColumn(columns.Score.Name, columns.Score.Type, columns.Score.Annotations);
        schema.AddColumn(predicted.Name, predicted.Type, predicted.Annotations);
        Schema = schema.ToSchema();
    }

    /// <summary>What the first reader has counted.</summary>
    public PathStatistics Paths { get; }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _rows.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = columnsNeeded.Select(column => column.Index).ToHashSet();
        var needed = _sources.Where((_, i) => active.Contains(i)).Concat([_columns.Label, _columns.Path, _columns.Fraction, _columns.Score])
            .Concat(_columns.Accepted is { } accepted ? [accepted] : [])
            .DistinctBy(column => column.Index);
        var paths = Interlocked.Exchange(ref _uncounted, null);
        return new Cursor(this, _rows.GetRowCursor(needed), active, paths);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly EvaluatedDataView _view;
        private readonly DataViewRowCursor _row;
        private readonly HashSet<int> _active;
        private readonly PathStatistics? _paths;
        private readonly Func<int> _label;
        private readonly ValueGetter<VBuffer<float>> _path;
        private readonly ValueGetter<float> _fraction;
        private readonly Func<bool> _accepted;
        private readonly ValueGetter<VBuffer<float>> _score;
        private readonly bool[] _ran;
        private VBuffer<float> _scores;
        private VBuffer<float> _values;

        public Cursor(EvaluatedDataView view, DataViewRowCursor row, HashSet<int> active, PathStatistics? paths)
        {
            (_view, _row, _active, _paths) = (view, row, active, paths);
            _label = view._columns.BindLabel(row);
            _path = row.GetGetter<VBuffer<float>>(view._columns.Path);
            _fraction = row.GetGetter<float>(view._columns.Fraction);
            _accepted = AcceptedColumn.Bind(row, view._columns.Accepted);
            _score = row.GetGetter<VBuffer<float>>(view._columns.Score);
            _ran = new bool[view._columns.BlockNames.Count];
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _row.Position;

        public override long Batch => _row.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => _row.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            return column.Index switch
            {
                // Keys count from 1; 0 is the missing value.
                0 => ScoringBinding.Typed<TValue>((ValueGetter<uint>)((ref uint key) => key = (uint)Math.Max(0, _label() + 1)), column),
                1 => ScoringBinding.Typed<TValue>((ValueGetter<VBuffer<float>>)FiniteScores, column),
                _ => _row.GetGetter<TValue>(_view._sources[column.Index]),
            };
        }

        public override bool MoveNext()
        {
            if (!_row.MoveNext())
            {
                _paths?.Complete();
                return false;
            }

            if (_paths is not null)
            {
                var fraction = 0f;
                _path(ref _values);
                PathStatistics.Read(_values, _ran);
                _fraction(ref fraction);
                _score(ref _scores);
                var (label, answer) = (_label(), ScoredAnswer.Of(Dense()));
                _paths.Add(label, _ran, fraction);
                _paths.AddAnswer(label, answer, isAccepted: _view._columns.Accepted is not null && _accepted());
            }

            return true;
        }

        private float[] Dense() => [.. _scores.DenseValues()];

        private void FiniteScores(ref VBuffer<float> value)
        {
            _score(ref _scores);
            var scores = Dense();
            ScoredAnswer.MakeFinite(scores, _label());
            value = new VBuffer<float>(scores.Length, scores);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _row.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
