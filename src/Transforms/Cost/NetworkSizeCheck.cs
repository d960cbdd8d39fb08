using System.Globalization;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Limits;

namespace AdaptiveInference.ML.Transforms.Cost;

/// <summary>
/// Refuses a network that asks for more than <see cref="ResourceLimits"/> allows, before anything of its size is allocated.
/// </summary>
internal static class NetworkSizeCheck
{
    // What layers need only while they run, of eight workers: half a million floats each where tiles and channels are as many as can be.
    private const long MostWorkFloats = 1 << 23;

    /// <summary>The longest array of floats, which the feature maps of an image share with the work of layers.</summary>
    private static readonly long MostScratchBytes = sizeof(float) * (Array.MaxLength - MostWorkFloats);

    /// <summary>Lets a network pass, or refuses it.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="inEightBits">Whether convolutions may be in 8 bits.</param>
    /// <exception cref="NetworkTooLargeException">It is larger.</exception>
    public static void Require(BlockPlan plan, bool inEightBits = false)
    {
        var size = NetworkSize.Of(plan, inEightBits);
        Check(
            plan, size.Macs, ResourceLimits.MaximumNetworkMacs, "multiply–accumulates for an image",
            nameof(ResourceLimits.MaximumNetworkMacs));
        Check(plan, size.Weights, ResourceLimits.MaximumNetworkWeights, "weights", nameof(ResourceLimits.MaximumNetworkWeights));
        Check(
            plan, size.ScratchBytes, ResourceLimits.MaximumScratchBytes, "bytes for the pixels and feature maps of an image",
            nameof(ResourceLimits.MaximumScratchBytes));
        if (size.ScratchBytes > MostScratchBytes)
        {
            throw new NetworkTooLargeException(
                $"{Describe(plan)} needs {Text(size.ScratchBytes)} bytes for the pixels and feature maps of an image, and "
                + $"{Text(MostScratchBytes)} can be used. Use smaller images.");
        }
    }

    private static void Check(BlockPlan plan, long needed, long allowed, string what, string limit)
    {
        if (needed > allowed)
        {
            throw new NetworkTooLargeException(
                $"{Describe(plan)} needs {Text(needed)} {what}, and ResourceLimits.{limit} allows {Text(allowed)}. "
                + "Use smaller images or a smaller network, or raise the limit if you trust where this comes from.");
        }
    }

    private static string Describe(BlockPlan plan)
        => $"{plan.Spec.Architecture} for images of {plan.Spec.Image} and {plan.Spec.Classes} classes";

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
