using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Cascade;

/// <summary>The columns that a cascade adds: names, types and annotations.</summary>
internal sealed class CascadeColumns
{
    private readonly List<CascadeColumn> _columns = [];
    private readonly SecondOutputs _second;
    private readonly GatedResNetTransformer _first;
    private readonly DataViewSchema _firstSchema;

    /// <param name="cascade">The two models.</param>
    /// <param name="firstSchema">What the first network makes of the rows.</param>
    /// <param name="second">What the second makes.</param>
    public CascadeColumns(CascadeTransformer cascade, DataViewSchema firstSchema, SecondOutputs second)
    {
        (_first, _firstSchema, _second) = (cascade.First, firstSchema, second);
        var names = _first.Columns;
        FirstAccepted = firstSchema[names.Accepted!];
        Add(CascadeColumnKind.Score, names.Score, second.Score);
        Add(CascadeColumnKind.PredictedLabel, names.PredictedLabel, second.Score);
        Add(CascadeColumnKind.ExecutionPath, names.ExecutionPath, second.Path);
        Add(CascadeColumnKind.ComputeFraction, names.ComputeFraction, second.Fraction);
        Add(CascadeColumnKind.Accepted, second.Accepted is null ? null : names.Accepted, second.Accepted);
        _columns.Add(new CascadeColumn(CascadeColumnKind.Stage, cascade.Options.StageColumnName, FirstAccepted, null));
    }

    /// <summary>Whether the first network answers.</summary>
    public DataViewSchema.Column FirstAccepted { get; }

    public CascadeColumn this[int index] => _columns[index];

    /// <summary>MACs of the whole first network ÷ what compute fractions are of.</summary>
    public double FirstShare => _second.Fraction is null ? 1 : (double)_first.FullMacs / _second.FullMacs;

    /// <summary>The input's columns at their own indices, then these.</summary>
    public DataViewSchema AppendTo(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        foreach (var column in _columns)
        {
            builder.AddColumn(column.Name, TypeOf(column), AnnotationsOf(column));
        }

        return builder.ToSchema();
    }

    private void Add(CascadeColumnKind kind, string? name, DataViewSchema.Column? second)
    {
        if (name is not null)
        {
            _columns.Add(new CascadeColumn(kind, name, _firstSchema[name], second));
        }
    }

    private DataViewType TypeOf(CascadeColumn column) => column.Kind switch
    {
        // The type that a class of ML.NET's rows would declare for it; a key would be one of many categories, a float a measured value.
        CascadeColumnKind.Stage => NumberDataViewType.Int32,
        CascadeColumnKind.ExecutionPath => new VectorDataViewType(
            NumberDataViewType.Single, _first.Blocks.Count + _second.BlockNames.Count),
        _ => column.First.Type,
    };

    private DataViewSchema.Annotations? AnnotationsOf(CascadeColumn column)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        switch (column.Kind)
        {
            case CascadeColumnKind.ExecutionPath:
                var names = LabelValues.Memory([.. _first.Blocks.Select(block => block.Name), .. _second.BlockNames]);
                annotations.Add(
                    AnnotationNames.SlotNames, new VectorDataViewType(TextDataViewType.Instance, names.Length),
                    (ref VBuffer<ReadOnlyMemory<char>> buffer)
                        => new VBuffer<ReadOnlyMemory<char>>(names.Length, names).CopyTo(ref buffer));
                break;
            case CascadeColumnKind.ComputeFraction:
                var macs = _second.Fraction is null ? _first.FullMacs : _second.FullMacs;
                annotations.Add(OutputColumns.FullMacsKind, NumberDataViewType.Int64, (ref long value) => value = macs);
                break;
            case CascadeColumnKind.Accepted:
                var risk = Math.Max(_first.Refusal!.MaximumRisk, RiskOf(column.Second!.Value));
                annotations.Add(OutputColumns.MaximumRiskKind, NumberDataViewType.Double, (ref double value) => value = risk);
                break;
            case CascadeColumnKind.Stage:
                return null;
            default:
                // Scores and labels are of the first model's classes, whoever gives them.
                return column.First.Annotations;
        }

        return annotations.ToAnnotations();
    }

    private static double RiskOf(DataViewSchema.Column accepted)
    {
        var risk = 1.0;
        accepted.Annotations.GetValue(OutputColumns.MaximumRiskKind, ref risk);
        return risk;
    }
}
