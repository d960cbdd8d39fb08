using System.Diagnostics;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>A network trained by one of this library's trainers.</summary>
/// <param name="options">How; images, seed and epochs are filled in.</param>
/// <param name="pretrained">Whether it starts from the pretrained network.</param>
internal sealed class NetworkWay(GatedResNetTrainerOptions options, bool pretrained) : PhotoWay
{
    public override FittedPhotos Fit(FitRequest request)
    {
        var context = request.Context;
        var (network, effort) = Effort.Of(() => Fit(context.MulticlassClassification.Trainers, Filled(request), request));
        return new FittedPhotos(PhotoPipeline.Around(context, network), effort, network.FullMacs);
    }

    public override IReadOnlyList<Photo> Learnt(LabelledImages images) => images.Training;

    private GatedResNetTrainerOptions Filled(FitRequest request) => options with
    {
        FeatureColumnName = PhotoPipeline.Image,
        Seed = request.Seed,
        Epochs = request.Epochs ?? options.Epochs,
        MixedPrecision = request.MixedPrecision,
        InitialModel = pretrained ? request.Context.Model.PretrainedResNet18(PhotoPipeline.Image) : null,
        ValidationSet = PhotoPipeline.Labelled(request.Context, request.Images.Validation),
        Progress = new EpochLines(),
    };

    private static GatedResNetTransformer Fit(
        MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers, GatedResNetTrainerOptions options, FitRequest request)
    {
        var training = PhotoPipeline.Labelled(request.Context, request.Images.Training);
        return options switch
        {
            SkipNetTrainer.Options skipNet => trainers.SkipNet(skipNet).Fit(training),
            ConvNetAigTrainer.Options convNetAig => trainers.ConvNetAig(convNetAig).Fit(training),
            ResNetTrainer.Options resNet => trainers.ResNet(resNet).Fit(training),
            _ => throw new UnreachableException(),
        };
    }

    private sealed class EpochLines : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.IsEpochEnd)
            {
                Console.WriteLine(FormattableString.Invariant(
                    $"  {value.Stage} {value.Epoch}/{value.Epochs}: loss {value.Loss:F3}, accuracy {value.Accuracy:P1}, ")
                    + FormattableString.Invariant($"validation {value.ValidationLoss:F3}, {value.ValidationAccuracy:P1} ")
                    + FormattableString.Invariant($"at {value.ValidationComputeFraction:P1}; {value.ImagesPerSecond:F0} images/s"));
            }
        }
    }
}
