using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Options;

/// <summary>What does not go with gates that are told budgets, for both kinds of them.</summary>
internal static class AnyBudgetCheck
{
    public static void Run(OptionCheck check, GatedResNetTrainerOptions options, bool anyBudget, bool asPublished)
    {
        check.Require(
            !anyBudget || !asPublished, $"AnyBudget is not in the paper's recipe, which AsPublished asks for. Leave one of the two out.");
        check.Require(
            !anyBudget || !options.FreezesNetwork,
            $"AnyBudget trains gates, and Exits.FreezeNetwork leaves them as they are. Leave one of the two out.");
    }
}
