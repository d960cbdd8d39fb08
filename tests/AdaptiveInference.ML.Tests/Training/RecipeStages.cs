using AdaptiveInference.ML.Training.Recipes;

namespace AdaptiveInference.ML.Tests.Training;

/// <summary>The stages that a trainer with these options goes through.</summary>
internal static class RecipeStages
{
    public static IReadOnlyList<StagePlan> AllStages(this SkipNetTrainer.Options options) => SkipNetRecipe.Of(options).Stages;

    public static IReadOnlyList<StagePlan> AllStages(this ConvNetAigTrainer.Options options) => ConvNetAigRecipe.Of(options).Stages;

    public static IReadOnlyList<StagePlan> AllStages(this ResNetTrainer.Options options) => ResNetRecipe.Of(options).Stages;
}
