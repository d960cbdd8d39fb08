using AdaptiveInference.ML.Transforms.Serving;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms;

/// <summary>
/// One network at several settings of its gates and exits, from the most accurate to the one with the least work: what a service may choose
/// from when it has more to do than it can.
/// </summary>
/// <remarks>
/// <para>With calibration data the steps between are those of <see cref="GatedResNetTransformer.WithComputeBudget(IDataView, double)"/>.
/// Without, exits are
/// taken at fixed confidences: an image leaves when the answer there is at least so probable, as far as the network can tell. Gates
/// then stay as they are: away from what they were trained for they lose too much to be turned unseen.</para>
/// <para>What is certified is kept: a network with an <see cref="AccuracyGuarantee"/> has no step below its own setting, and one with a
/// <see cref="RefusalGuarantee"/> no other setting at all.</para>
/// </remarks>
/// <example>
/// <code>
/// foreach (var step in ComputeLadder.Of(network, data).Steps)
/// {
///     Console.WriteLine($"{step.ComputeFraction:P0}");
/// }
/// </code>
/// </example>
public sealed class ComputeLadder
{
    private ComputeLadder(IReadOnlyList<ComputeStep> steps, string? limit)
    {
        Steps = steps;
        Limit = limit;
    }

    /// <summary>The most accurate first; at least one.</summary>
    public IReadOnlyList<ComputeStep> Steps { get; }

    /// <summary>Why there are no more steps, in a sentence; null where as many were made as were asked for.</summary>
    public string? Limit { get; }

    /// <summary>Makes the settings.</summary>
    /// <param name="network">The network; its own setting is one of the steps.</param>
    /// <param name="calibrationData">
    /// Unlabelled images like those to be scored, with the feature column; a few hundred do. They are read once for the settings and once
    /// for each step. Null goes by the confidences of the exits.
    /// </param>
    /// <param name="options">Null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of range, in which case the message lists them all, or there are no
    /// rows.</exception>
    /// <exception cref="InvalidOperationException">The network has no classes.</exception>
    /// <exception cref="FormatException">The image of a row cannot be read.</exception>
    public static ComputeLadder Of(
        GatedResNetTransformer network, IDataView? calibrationData = null, ComputeLadderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new ComputeLadderOptions();
        options.Check();
        if (!network.HasClasses)
        {
            throw new InvalidOperationException("This network has no classes, so that there are no answers to choose the accuracy of. "
                + "Give it yours with Trainers.ExitHeads or as the InitialModel of another trainer.");
        }

        var costs = calibrationData is null ? null : new MeanFractions(calibrationData);
        var settings = LadderSettings.Of(network, costs, options, out var limit);
        var steps = costs is null ? LadderSteps.Guess(settings) : LadderSteps.Measure(settings, costs, network);
        return new ComputeLadder(
            Array.AsReadOnly(steps), limit ?? (steps.Length < options.Steps ? "Further steps would not save enough." : null));
    }
}
