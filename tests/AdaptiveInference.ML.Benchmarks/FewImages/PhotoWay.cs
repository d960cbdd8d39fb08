using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>A way from labelled image files to a model.</summary>
internal abstract class PhotoWay
{
    /// <summary>Whether two seeds give two models where both have the same images.</summary>
    public virtual bool IsRandom => true;

    public abstract FittedPhotos Fit(FitRequest request);

    /// <summary>The labelled images that a model learns from; others may serve to choose epochs.</summary>
    public virtual IReadOnlyList<Photo> Learnt(LabelledImages images) => images.All;
}

/// <summary>What a model is to be made from.</summary>
/// <param name="Context">Of the run's seed.</param>
/// <param name="Data">The whole data set.</param>
/// <param name="Images">The labelled images that may be used.</param>
/// <param name="Seed">The run's.</param>
/// <param name="Epochs">Of rows that train a network.</param>
/// <param name="MixedPrecision">Of rows that train a network.</param>
internal sealed record FitRequest(
    MLContext Context, PhotoFolder Data, LabelledImages Images, int Seed, int? Epochs, bool? MixedPrecision);

/// <summary>A model and what it took.</summary>
/// <param name="Model">From a path to the name of a class.</param>
/// <param name="Effort">From the files to the model.</param>
/// <param name="FullMacs">Multiply–accumulates of the whole network.</param>
/// <param name="Tested">What the model says to the test images, where its making has shown it already; else null.</param>
internal sealed record FittedPhotos(ITransformer Model, Effort Effort, long FullMacs, PhotoPoint? Tested = null);

/// <summary>One row of the results.</summary>
/// <param name="Name">Short and unique: names its files and is what <c>--rows</c> searches.</param>
/// <param name="Title">What the table calls it.</param>
/// <param name="Way">How its model is made.</param>
/// <param name="HasCurve">Whether smaller amounts of labelled images are tried too.</param>
/// <param name="IsTimed">Whether its time per image and size are measured; rows of equal pipelines need that once.</param>
internal sealed record FewImagesRow(string Name, string Title, PhotoWay Way, bool HasCurve = false, bool IsTimed = true)
{
    /// <summary>Whether an application needs ONNX Runtime to score its model.</summary>
    public bool UsesOnnxRuntime => Way is FeaturesWay { Features: var features } && features == PhotoFeatures.DnnFeaturizeImage;
}

/// <summary>Pipelines around a network that classifies.</summary>
internal static class PhotoPipeline
{
    public const string Image = "Image";

    /// <summary>Reads the bytes of the file whose path a row has.</summary>
    public static IEstimator<ITransformer> Bytes(MLContext context)
        => context.Transforms.LoadRawImageBytes(Image, "", nameof(Photo.Path));

    /// <summary>From a path to the name of a class.</summary>
    public static ITransformer Around(MLContext context, GatedResNetTransformer network)
    {
        var nothing = context.Data.LoadFromEnumerable<Photo>([]);
        var scoring = new Microsoft.ML.Data.TransformerChain<ITransformer>(Bytes(context).Fit(nothing), network);
        var name = context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(scoring.Transform(nothing));
        return scoring.Append(name);
    }

    /// <summary>Rows as trainers of networks read them.</summary>
    public static IDataView Labelled(MLContext context, IReadOnlyList<Photo> photos)
    {
        var rows = context.Data.LoadFromEnumerable(photos);
        var keys = context.Transforms.Conversion.MapValueToKey(nameof(Photo.Label)).Fit(rows);
        return keys.Append(Bytes(context).Fit(rows)).Transform(rows);
    }
}
