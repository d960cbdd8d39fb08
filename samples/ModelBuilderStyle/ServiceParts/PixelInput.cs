using Microsoft.ML.Data;

namespace ModelBuilderStyle.ServiceParts;

/// <summary>An image that comes as the pixels that the network reads.</summary>
internal sealed class PixelInput
{
    /// <summary>As in the model's own input, whose steps may ask for it; ignored by predictions.</summary>
    [ColumnName("Label")]
    public string Label { get; set; } = "";

    /// <summary>Raw values, planar: channels, height, width.</summary>
    [ColumnName("ImageSource")]
    public float[] ImageSource { get; set; } = [];

    /// <summary>The schema for images of a size.</summary>
    /// <param name="shape">Channels, height and width.</param>
    public static SchemaDefinition Schema(IReadOnlyList<int> shape)
    {
        var schema = SchemaDefinition.Create(typeof(PixelInput));
        schema[nameof(ImageSource)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, shape.ToArray());
        return schema;
    }
}
