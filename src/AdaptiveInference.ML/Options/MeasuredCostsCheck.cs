using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Options;

/// <summary>What costs in time must be like.</summary>
internal static class MeasuredCostsCheck
{
    public static void Run(OptionCheck check, GatedResNetTrainerOptions options, bool asPublished)
    {
        if (options.CostsOfGates is not { } costs)
        {
            return;
        }

        check.Require(
            !asPublished, $"Costs are not in the paper's recipe, which AsPublished asks for. Leave one of the two out.");
        Each(nameof(costs.BlockMicroseconds), costs.BlockMicroseconds);
        Each(nameof(costs.GateMicroseconds), costs.GateMicroseconds);
        check.Require(
            costs.OtherMicroseconds >= 0 && double.IsFinite(costs.OtherMicroseconds),
            $"Costs.OtherMicroseconds must be finite and 0 or more, got {costs.OtherMicroseconds}.");
        check.Require(
            costs.BlockMicroseconds is not { } all || all.Sum() > 0,
            $"Costs.BlockMicroseconds must be above 0 for some block. Measure them with MeasuredCosts.Measure.");

        void Each(string name, IReadOnlyList<double>? values)
        {
            var count = values?.Count ?? 0;
            if (options.Architecture is { Blocks: var blocks } architecture)
            {
                check.Require(
                    count == blocks, $"Costs.{name} must have one number for each of the {blocks} blocks of {architecture}, got {count}.");
            }

            for (var block = 0; block < count; block++)
            {
                check.Require(
                    values![block] >= 0 && double.IsFinite(values[block]),
                    $"Costs.{name}[{block}] must be finite and 0 or more, got {values[block]}.");
            }
        }
    }
}
