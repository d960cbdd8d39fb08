using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>The one column of pooled features.</summary>
internal sealed class FeatureColumn(string name, int channels) : IResultColumns
{
    public bool AreFeatures => true;

    public DataViewSchema AppendTo(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(name, new VectorDataViewType(NumberDataViewType.Single, channels));
        return builder.ToSchema();
    }

    public Delegate CreateGetter(int index, Func<ScoreResult> current) => OutputColumns.Vector(() => current().Features);
}
