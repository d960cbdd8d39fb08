using AdaptiveInference.ML.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;

/// <summary>A transformer that saves any bytes as if it were a network: ML.NET's part of the file is then right.</summary>
internal sealed class RawModel(ModelFileHeader.Header header, byte[] body) : ITransformer
{
    public bool IsRowToRowMapper => false;

    /// <summary>A model file with a body.</summary>
    public static byte[] Zip(ModelFileHeader.Header header, byte[] body)
    {
        using var stream = new MemoryStream();
        new MLContext().Model.Save(new RawModel(header, body), null, stream);
        return stream.ToArray();
    }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => throw new NotSupportedException();

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

    public IDataView Transform(IDataView input) => throw new NotSupportedException();

    void ICanSaveModel.Save(ModelSaveContext ctx) => ModelFileHeader.Save(ctx, header, writer => writer.Write(body));
}
