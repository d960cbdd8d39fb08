using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>The columns that a transformer adds: names, types, annotations, and getters over the result of a row.</summary>
internal sealed class OutputColumns : IResultColumns
{
    /// <summary>
    /// Annotation of the compute-fraction column, an Int64: MACs of the full network, so that an evaluation of scored rows can speak of
    /// MACs without the model.
    /// </summary>
    public const string FullMacsKind = "FullMacs";

    /// <summary>
    /// Annotation of the column of accepted answers, a Double: the share of wrong ones among them that was allowed. It tells this column
    /// from another of its name.
    /// </summary>
    public const string MaximumRiskKind = "MaximumRisk";

    private static readonly KeyDataViewType SetIdType = new(typeof(uint), int.MaxValue);

    private readonly GatedResNetModel _model;
    private readonly ScoringColumns _names;
    private readonly long _fullMacs;
    private readonly List<OutputKind> _kinds;

    public OutputColumns(GatedResNetModel model, CostModel cost, ScoringColumns names)
    {
        _model = model;
        _names = names;
        _fullMacs = cost.Full;
        _kinds = [OutputKind.Score, OutputKind.PredictedLabel];
        if (names.ExecutionPath is not null)
        {
            _kinds.Add(OutputKind.ExecutionPath);
        }

        if (names.ComputeFraction is not null)
        {
            _kinds.Add(OutputKind.ComputeFraction);
        }

        if (model.Refusal is not null)
        {
            _kinds.Add(OutputKind.Accepted);
        }
    }

    private enum OutputKind
    {
        Score,
        PredictedLabel,
        ExecutionPath,
        ComputeFraction,
        Accepted,
    }

    public bool AreFeatures => false;

    /// <summary>How many they are.</summary>
    public int Count => _kinds.Count;

    /// <summary>The input's columns at their own indices, then these.</summary>
    public DataViewSchema AppendTo(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        var setId = NextSetId(input);
        foreach (var kind in _kinds)
        {
            builder.AddColumn(NameOf(kind), TypeOf(kind), AnnotationsOf(kind, setId));
        }

        return builder.ToSchema();
    }

    /// <summary>Makes a getter of one column over whichever result is current.</summary>
    /// <param name="index">Index among these columns.</param>
    /// <param name="current">Gives the result of the current row.</param>
    public Delegate CreateGetter(int index, Func<ScoreResult> current) => _kinds[index] switch
    {
        OutputKind.Score => Vector(() => current().Probabilities),
        OutputKind.ExecutionPath => Vector(() => current().Path),
        OutputKind.ComputeFraction => (ValueGetter<float>)((ref float value) => value = current().ComputeFraction),
        OutputKind.Accepted => (ValueGetter<bool>)((ref bool value) => value = current().IsAccepted),
        _ => KeyGetter(current),
    };

    /// <summary>A getter that copies the values of whichever result is current.</summary>
    public static ValueGetter<VBuffer<float>> Vector(Func<float[]> values) => (ref VBuffer<float> buffer) =>
    {
        var source = values();
        var editor = VBufferEditor.Create(ref buffer, source.Length);
        source.CopyTo(editor.Values);
        buffer = editor.Commit();
    };

    // Keys count from 1; 0 is the missing value.
    private Delegate KeyGetter(Func<ScoreResult> current) => _model.Classes.KeyType.RawType switch
    {
        var type when type == typeof(byte) => (ValueGetter<byte>)((ref byte key) => key = (byte)(current().PredictedClass + 1)),
        var type when type == typeof(ushort) => (ValueGetter<ushort>)((ref ushort key) => key = (ushort)(current().PredictedClass + 1)),
        var type when type == typeof(ulong) => (ValueGetter<ulong>)((ref ulong key) => key = (ulong)current().PredictedClass + 1),
        _ => (ValueGetter<uint>)((ref uint key) => key = (uint)current().PredictedClass + 1),
    };

    private string NameOf(OutputKind kind) => kind switch
    {
        OutputKind.Score => _names.Score,
        OutputKind.PredictedLabel => _names.PredictedLabel,
        OutputKind.ExecutionPath => _names.ExecutionPath!,
        OutputKind.Accepted => _names.Accepted!,
        _ => _names.ComputeFraction!,
    };

    private DataViewType TypeOf(OutputKind kind) => kind switch
    {
        OutputKind.Score => new VectorDataViewType(NumberDataViewType.Single, _model.Spec.Classes),
        OutputKind.PredictedLabel => _model.Classes.KeyType,
        OutputKind.ExecutionPath => new VectorDataViewType(NumberDataViewType.Single, _model.Blocks.Blocks.Count),
        OutputKind.Accepted => BooleanDataViewType.Instance,
        _ => NumberDataViewType.Single,
    };

    private DataViewSchema.Annotations AnnotationsOf(OutputKind kind, uint setId)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        switch (kind)
        {
            case OutputKind.Score:
                AddTexts(annotations, AnnotationNames.SlotNames, _model.Classes.Names);
                _model.Classes.AddValues(annotations, AnnotationNames.TrainingLabelValues);
                AddScoreKind(annotations, "Score", setId);
                break;
            case OutputKind.PredictedLabel:
                _model.Classes.AddValues(annotations, AnnotationNames.KeyValues);
                AddScoreKind(annotations, "PredictedLabel", setId);
                break;
            case OutputKind.ExecutionPath:
                AddTexts(annotations, AnnotationNames.SlotNames, BlockNames());
                break;
            case OutputKind.Accepted:
                annotations.Add(
                    MaximumRiskKind, NumberDataViewType.Double, (ref double risk) => risk = _model.Refusal!.MaximumRisk);
                break;
            default:
                annotations.Add(FullMacsKind, NumberDataViewType.Int64, (ref long macs) => macs = _fullMacs);
                break;
        }

        return annotations.ToAnnotations();
    }

    private string[] BlockNames()
    {
        var names = new string[_model.Blocks.Blocks.Count];
        foreach (var block in _model.Blocks.Blocks)
        {
            names[block.Index] = block.Name;
        }

        return names;
    }

    private static void AddScoreKind(DataViewSchema.Annotations.Builder annotations, string valueKind, uint setId)
    {
        annotations.Add(AnnotationNames.ScoreColumnSetId, SetIdType, (ref uint id) => id = setId);
        AddText(annotations, AnnotationNames.ScoreColumnKind, "MulticlassClassification");
        AddText(annotations, AnnotationNames.ScoreValueKind, valueKind);
    }

    private static void AddText(DataViewSchema.Annotations.Builder annotations, string kind, string text)
        => annotations.Add(kind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = text.AsMemory());

    private static void AddTexts(DataViewSchema.Annotations.Builder annotations, string kind, IReadOnlyList<string> texts)
    {
        var values = LabelValues.Memory(texts);
        annotations.Add(
            kind,
            new VectorDataViewType(TextDataViewType.Instance, values.Length),
            (ref VBuffer<ReadOnlyMemory<char>> buffer) => new VBuffer<ReadOnlyMemory<char>>(values.Length, values).CopyTo(ref buffer));
    }

    /// <summary>The number by which evaluators tell the columns of several models apart; null for a column that no model made.</summary>
    public static uint? SetIdOf(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(AnnotationNames.ScoreColumnSetId) is not { Type: KeyDataViewType type }
            || type.RawType != typeof(uint))
        {
            return null;
        }

        uint id = 0;
        column.Annotations.GetValue(AnnotationNames.ScoreColumnSetId, ref id);
        return id;
    }

    private static uint NextSetId(DataViewSchema schema)
    {
        uint last = 0;
        foreach (var column in schema)
        {
            last = Math.Max(last, SetIdOf(column) ?? 0);
        }

        return last + 1;
    }
}
