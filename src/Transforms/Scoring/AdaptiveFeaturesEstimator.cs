using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Interop;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms;

/// <summary>Puts the pooled features of a trained network into a pipeline. It learns nothing itself.</summary>
public sealed class AdaptiveFeaturesEstimator : IEstimator<AdaptiveFeaturesTransformer>
{
    private readonly AdaptiveFeaturesTransformer _transformer;

    internal AdaptiveFeaturesEstimator(AdaptiveFeaturesTransformer transformer) => _transformer = transformer;

    /// <summary>Checks the image column.</summary>
    /// <param name="input">Data with the image column; its rows are not read.</param>
    /// <returns>The transformer, the same for every data.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or of a wrong type or size.</exception>
    public AdaptiveFeaturesTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _transformer.GetOutputSchema(input.Schema);
        return _transformer;
    }

    /// <summary>The columns of the input and the one that is made.</summary>
    /// <param name="inputSchema">Columns of the input.</param>
    /// <returns>The columns of the input and the vector of features.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The image column is missing or of a wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (!SchemaShapes.TryFind(inputSchema, _transformer.InputColumnName, out var images))
        {
            throw SchemaErrors.MissingFeature(_transformer.InputColumnName, inputSchema.Select(column => column.Name));
        }

        ImageColumn.CheckType(
            images.Name, images.ItemType, images.Kind != SchemaShape.Column.VectorKind.Scalar, SchemaShapes.TypeOf(images));
        var columns = inputSchema.ToDictionary(column => column.Name);
        columns[_transformer.OutputColumnName] = SchemaShapes.Vector(_transformer.OutputColumnName, NumberDataViewType.Single);
        return new SchemaShape(columns.Values);
    }
}
