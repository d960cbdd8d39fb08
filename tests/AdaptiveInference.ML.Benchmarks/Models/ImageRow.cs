using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Benchmarks.Models;

/// <summary>A row to score.</summary>
internal sealed class ImageRow
{
    public float[] Features { get; set; } = [];

    /// <summary>The row's schema for images of a shape.</summary>
    public static SchemaDefinition Schema(Transforms.ImageShape shape)
    {
        var schema = SchemaDefinition.Create(typeof(ImageRow));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, shape.Channels, shape.Height, shape.Width);
        return schema;
    }
}

/// <summary>What scoring adds to it.</summary>
internal sealed class ScoredImageRow
{
    public float[] Score { get; set; } = [];

    public uint PredictedLabel { get; set; }

    public float[] ExecutionPath { get; set; } = [];

    public float ComputeFraction { get; set; }
}
