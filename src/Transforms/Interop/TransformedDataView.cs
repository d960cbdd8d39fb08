using Microsoft.ML;
using Microsoft.ML.Model.OnnxConverter;

namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>
/// A view that ML.NET's walks over a pipeline see as one of its steps. <c>ConvertToOnnx</c> takes a view that it does not know for the
/// data that the pipeline starts from, and writes a file whose inputs are the columns that the step makes; a step it asks.
/// </summary>
/// <param name="source">The rows that the step reads.</param>
internal abstract class TransformedDataView(IDataView source) : ITransformCanSaveOnnx
{
    public IDataView Source { get; } = source;

    public bool CanShuffle => Source.CanShuffle;

    public abstract DataViewSchema Schema { get; }

    /// <summary>Why the step cannot be converted, and what to do instead.</summary>
    protected abstract string NoConversion { get; }

    public long? GetRowCount() => Source.GetRowCount();

    public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

    public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null);

    // To answer no would make the converter write what follows the step, with no more than a warning in the log.
    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => throw new NotSupportedException(NoConversion);

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx) => throw new NotSupportedException(NoConversion);

    // Only ML.NET's command line saves views; a pipeline saves its transformers.
    void ICanSaveModel.Save(ModelSaveContext ctx)
        => throw new NotSupportedException("Rows cannot be saved as a model. Save the pipeline that made them with mlContext.Model.Save.");
}
