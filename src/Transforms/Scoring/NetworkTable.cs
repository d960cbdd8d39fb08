using System.Globalization;
using System.Text;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>A network as text, one line for each of its parts in the order in which an image meets them.</summary>
internal static class NetworkTable
{
    public static string Of(BlockPlan plan, CostModel cost)
    {
        var (spec, text) = (plan.Spec, new StringBuilder());
        var classes = spec.Classes == 0 ? "no classes" : Text($"{spec.Classes} classes");
        text.Append(Text(
            $"{spec.Name}, images of {spec.Image}, {plan.FeatureChannels} features, {classes}, {cost.Full / 1e6:N1} million MACs"));
        Line("stem", plan.Stem.Convolution.Outputs, plan.Stem.OutHeight, plan.Stem.OutWidth, cost.Stem, "");
        foreach (var block in plan.Blocks)
        {
            var own = cost.Blocks[block.Index];
            Line(
                block.Name, block.OutChannels, block.OutHeight, block.OutWidth, own.Body + own.Shortcut,
                block.IsGated ? Text($", gate {own.Gate / 1e6:N3}") : "");
            if (plan.ExitAfter(block.Index) is { } exit)
            {
                Line(Text($"exit {exit}"), spec.Classes, 1, 1, cost.Exits[exit], "");
            }
        }

        if (spec.Classes > 0)
        {
            Line("head", spec.Classes, 1, 1, cost.Head, "");
        }

        return text.ToString();

        void Line(string name, int channels, int height, int width, long macs, string gate)
        {
            var size = Text($"{channels}×{height}×{width}");
            text.AppendLine().Append(Text($"  {name,-16} {size,-14} {macs / 1e6,10:N3} million MACs{gate}"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
