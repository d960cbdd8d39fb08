using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>Makes and reads <see cref="SchemaShape"/>, whose parts ML.NET keeps for its own estimators.</summary>
internal static class SchemaShapes
{
    /// <summary>Shape of a column of one item.</summary>
    public static SchemaShape.Column Scalar(string name, DataViewType itemType, bool isKey = false, SchemaShape? annotations = null)
        => new(name, SchemaShape.Column.VectorKind.Scalar, itemType, isKey, annotations);

    /// <summary>Shape of a column of a vector of known size.</summary>
    public static SchemaShape.Column Vector(string name, DataViewType itemType, SchemaShape? annotations = null)
        => new(name, SchemaShape.Column.VectorKind.Vector, itemType, false, annotations);

    /// <summary>The shape that a schema has.</summary>
    public static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);

    /// <summary>Finds a column by name.</summary>
    public static bool TryFind(SchemaShape shape, string name, out SchemaShape.Column column) => shape.TryFindColumn(name, out column);

    /// <summary>The type as ML.NET's own messages write it, such as <c>Vector&lt;Single&gt;</c>.</summary>
    public static string TypeOf(SchemaShape.Column column) => column.GetTypeString();
}
