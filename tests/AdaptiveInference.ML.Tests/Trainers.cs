using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests;

/// <summary>Makes the trainer that options belong to, through the catalog as a user does.</summary>
internal static class Trainers
{
    public static IEstimator<GatedResNetTransformer> Create(MLContext context, GatedResNetTrainerOptions options)
    {
        var trainers = context.MulticlassClassification.Trainers;
        return options switch
        {
            SkipNetTrainer.Options skipNet => trainers.SkipNet(skipNet),
            ConvNetAigTrainer.Options aig => trainers.ConvNetAig(aig),
            ResNetTrainer.Options residual => trainers.ResNet(residual),
            _ => throw new NotSupportedException(options.GetType().Name),
        };
    }
}
