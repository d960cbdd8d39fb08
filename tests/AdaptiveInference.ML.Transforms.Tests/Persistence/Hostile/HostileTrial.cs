using AdaptiveInference.ML.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;

/// <summary>How a model file fared.</summary>
internal enum HostileOutcome
{
    /// <summary>It loaded and gave finite answers.</summary>
    Scored,

    /// <summary>One clear exception refused it, at loading or at the first row.</summary>
    Refused,

    /// <summary>Anything else.</summary>
    Fault,
}

/// <summary>Loads a model file and scores a row with it.</summary>
internal static class HostileTrial
{
    /// <summary>Tries a file.</summary>
    /// <returns>What came of it, and the message or what is wrong.</returns>
    public static (HostileOutcome Outcome, string Message) Run(byte[] zip)
    {
        var context = new MLContext(1);
        ITransformer model;
        try
        {
            model = context.Model.Load(new MemoryStream(zip), out _);
        }
        catch (Exception error)
        {
            return Judge(error, IsOfTheZip);
        }

        try
        {
            using var loaded = model as IDisposable;
            return model switch
            {
                // Without classes it makes features and nothing else, so that they are what must be finite.
                GatedResNetTransformer { HasClasses: false } network => Score(
                    context, new AdaptiveFeaturesTransformer(network, "Made", network.Columns.Features), network.Columns.Features,
                    network.ImageShape),
                GatedResNetTransformer network => Score(context, network, network.Columns.Features, network.ImageShape),
                AdaptiveFeaturesTransformer features => Score(context, features, features.InputColumnName, features.Shape),
                _ => (HostileOutcome.Fault, $"a {model.GetType()} was loaded"),
            };
        }
        catch (Exception error)
        {
            return Judge(error, _ => false);
        }
    }

    // Ours are FormatExceptions, whatever ML.NET wraps them in and whatever caused them.
    private static (HostileOutcome Outcome, string Message) Judge(Exception error, Predicate<Exception> isClear)
    {
        while (error is not FormatException && error.InnerException is not null)
        {
            error = error.InnerException;
        }

        return error is FormatException || isClear(error)
            ? (HostileOutcome.Refused, error.Message)
            : (HostileOutcome.Fault, error.ToString());
    }

    // What is wrong with the zip around a model is ML.NET's and the runtime's to say.
    private static bool IsOfTheZip(Exception cause)
        => cause is InvalidDataException or InvalidOperationException or IOException
            && cause.StackTrace?.Contains(nameof(ModelFileHeader), StringComparison.Ordinal) == false;

    private static (HostileOutcome Outcome, string Message) Score(MLContext context, ITransformer model, string column, ImageShape shape)
    {
        var row = new Row { Pixels = new float[shape.Channels * shape.Height * shape.Width] };
        for (var i = 0; i < row.Pixels.Length; i++)
        {
            row.Pixels[i] = i * 37L % 256;
        }

        var definition = SchemaDefinition.Create(typeof(Row));
        var pixels = definition[nameof(Row.Pixels)];
        pixels.ColumnName = column;
        pixels.ColumnType = new VectorDataViewType(NumberDataViewType.Single, row.Pixels.Length);
        var scored = model.Transform(context.Data.LoadFromEnumerable([row], definition));
        var vectors = scored.Schema.Where(made => made.Type is VectorDataViewType { ItemType: NumberDataViewType } vector
            && vector.ItemType == NumberDataViewType.Single && made.Name != column).ToArray();
        using var cursor = scored.GetRowCursor(vectors);
        var getters = vectors.Select(made => cursor.GetGetter<VBuffer<float>>(made)).ToArray();
        if (!cursor.MoveNext())
        {
            return (HostileOutcome.Fault, "the row is gone");
        }

        VBuffer<float> values = default;
        foreach (var getter in getters)
        {
            getter(ref values);
            if (!values.DenseValues().All(float.IsFinite))
            {
                return (HostileOutcome.Fault, "an answer is not finite");
            }
        }

        return (HostileOutcome.Scored, "");
    }

    private sealed class Row
    {
        public float[] Pixels { get; set; } = [];
    }
}
