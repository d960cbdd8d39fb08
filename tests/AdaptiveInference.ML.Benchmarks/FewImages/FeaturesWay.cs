using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>Features of the pretrained network, frozen, and one of ML.NET's own linear trainers on them.</summary>
/// <param name="features">Where features come from.</param>
/// <param name="quasiNewton">Whether L-BFGS trains; else SDCA.</param>
/// <param name="normalise">Whether features are scaled to equal variance.</param>
internal sealed class FeaturesWay(PhotoFeatures features, bool quasiNewton, bool normalise) : PhotoWay
{
    private const string LabelKey = "LabelKey";

    public PhotoFeatures Features => features;

    // L-BFGS starts from zero and reads the rows in order.
    public override bool IsRandom => !quasiNewton;

    public override FittedPhotos Fit(FitRequest request)
    {
        var context = request.Context;
        var (made, perImage) = features.Of(request.Data);
        var photos = request.Images.All;
        IDataView Rows(IEnumerable<Photo> photos) => Featured(context, [.. photos.Select(photo => made[photo.Path])]);
        var (tail, effort) = Effort.Of(() => Tail(context, Rows(photos)));
        var tested = new TransformerChain<ITransformer>([.. tail]).Transform(Rows(request.Data.Test));
        var head = features.Estimator(context).Fit(context.Data.LoadFromEnumerable<Photo>([]));
        return new FittedPhotos(
            new TransformerChain<ITransformer>([head, .. tail]), effort + (perImage * photos.Count), features.Macs(context),
            PhotoTest.Point(tested, request.Data.Test));
    }

    private IDataView Featured(MLContext context, IReadOnlyList<FeaturedPhoto> photos)
    {
        // ML.NET's features have dimensions 1, 512, 1, 1, and its trainers want the same ones when they score.
        var schema = SchemaDefinition.Create(typeof(FeaturedPhoto));
        schema[PhotoFeatures.Column].ColumnType = features.Type(context);
        return context.Data.LoadFromEnumerable(photos, schema);
    }

    private List<ITransformer> Tail(MLContext context, IDataView rows)
    {
        var keys = context.Transforms.Conversion.MapValueToKey(LabelKey, nameof(FeaturedPhoto.Label)).Fit(rows);
        var training = context.Data.Cache(keys.Transform(rows));
        List<ITransformer> tail = [];
        if (normalise)
        {
            tail.Add(context.Transforms.NormalizeMeanVariance(PhotoFeatures.Column).Fit(training));
            training = context.Data.Cache(tail[^1].Transform(training));
        }

        var trainers = context.MulticlassClassification.Trainers;
        IEstimator<ITransformer> trainer = quasiNewton
            ? trainers.LbfgsMaximumEntropy(LabelKey, PhotoFeatures.Column)
            : trainers.SdcaMaximumEntropy(LabelKey, PhotoFeatures.Column);
        tail.Add(trainer.Fit(training));
        tail.Add(context.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(tail[^1].Transform(training)));
        return tail;
    }
}

/// <summary>An image by the features of a network.</summary>
internal sealed class FeaturedPhoto
{
    public string Label { get; set; } = "";

    [VectorType(PhotoFeatures.Count)]
    public float[] Features { get; set; } = [];
}

/// <summary>A way to the pretrained network's features; all images go through it once and serve all rows.</summary>
internal sealed class PhotoFeatures
{
    public const string Column = "Features";
    public const int Count = 512;

    private const int Side = 224;

    private readonly Func<MLContext, IEstimator<ITransformer>> _estimator;
    private (Dictionary<string, FeaturedPhoto> Made, Effort PerImage)? _made;

    private PhotoFeatures(Func<MLContext, IEstimator<ITransformer>> estimator) => _estimator = estimator;

    /// <summary>ML.NET's own way, as its documentation has it.</summary>
    public static PhotoFeatures DnnFeaturizeImage { get; } = new(context => context.Transforms.LoadImages("Picture", "", nameof(Photo.Path))
        .Append(context.Transforms.ResizeImages("Picture", Side, Side))
        .Append(context.Transforms.ExtractPixels("Pixels", "Picture"))
        .Append(context.Transforms.DnnFeaturizeImage(
            Column, input => input.ModelSelector.ResNet18(context, input.OutputColumn, input.InputColumn), "Pixels")));

    /// <summary>This library's.</summary>
    public static PhotoFeatures AdaptiveFeatures { get; } = new(context => PhotoPipeline.Bytes(context)
        .Append(context.Transforms.AdaptiveFeatures(Column, context.Model.PretrainedResNet18(PhotoPipeline.Image))));

    public IEstimator<ITransformer> Estimator(MLContext context) => _estimator(context);

    public DataViewType Type(MLContext context)
    {
        var nothing = context.Data.LoadFromEnumerable<Photo>([]);
        return Estimator(context).Fit(nothing).GetOutputSchema(nothing.Schema)[Column].Type;
    }

    public long Macs(MLContext context)
    {
        using var network = context.Model.PretrainedResNet18();
        return network.FullMacs;
    }

    /// <summary>The features of all images by their paths, and what one image took.</summary>
    public (IReadOnlyDictionary<string, FeaturedPhoto> Made, Effort PerImage) Of(PhotoFolder data)
    {
        if (_made is null)
        {
            Photo[] photos = [.. data.Labelled, .. data.Test];
            var (rows, effort) = Effort.Of(() => Make(photos));
            _made = (photos.Zip(rows).ToDictionary(pair => pair.First.Path, pair => pair.Second), effort * (1.0 / photos.Length));
        }

        return _made.Value;
    }

    private List<FeaturedPhoto> Make(IReadOnlyList<Photo> photos)
    {
        var context = new MLContext(1);
        var rows = context.Data.LoadFromEnumerable(photos);
        var made = _estimator(context).Fit(rows).Transform(rows);
        return [.. context.Data.CreateEnumerable<FeaturedPhoto>(made, reuseRowObject: false)];
    }
}
