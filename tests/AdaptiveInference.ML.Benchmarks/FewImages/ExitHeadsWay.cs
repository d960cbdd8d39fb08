using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>Linear heads with exits on the pretrained network as it is, fitted without libtorch.</summary>
/// <param name="side">Height and width of the images.</param>
/// <param name="mirrored">Whether heads learn from mirrored images too.</param>
internal sealed class ExitHeadsWay(int side, bool mirrored) : PhotoWay
{
    public override FittedPhotos Fit(FitRequest request)
    {
        var (network, effort) = Effort.Of(() => Fit(request.Context, request.Images.All, side, new ExitHeadsTrainer.Options
        {
            MirrorImages = mirrored, ValidationGroupColumnName = nameof(Photo.Group), Seed = request.Seed,
        }));
        return new FittedPhotos(PhotoPipeline.Around(request.Context, network), effort, network.FullMacs);
    }

    public static GatedResNetTransformer Backbone(MLContext context, int side)
        => context.Model.PretrainedResNet18(PhotoPipeline.Image).WithImageShape(new ImageShape(3, side, side));

    public static GatedResNetTransformer Fit(
        MLContext context, IReadOnlyList<Photo> photos, int side, ExitHeadsTrainer.Options options)
        => Fit(context, photos, Backbone(context, side), options);

    public static GatedResNetTransformer Fit(
        MLContext context, IReadOnlyList<Photo> photos, GatedResNetTransformer backbone, ExitHeadsTrainer.Options options)
        => context.MulticlassClassification.Trainers.ExitHeads(backbone, options).Fit(PhotoPipeline.Labelled(context, photos));
}
