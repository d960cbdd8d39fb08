using AdaptiveInference.ML.Transforms.Quantisation;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms;

/// <content>The network in 8 bits.</content>
public sealed partial class GatedResNetTransformer
{
    /// <summary>
    /// How <see cref="WithInt8"/> chose what 8-bit numbers stand for, and what that changed; null where the network is computed in 32 bits.
    /// Saved with the model.
    /// </summary>
    public Int8Calibration? Int8 => Model.Int8?.Calibration;

    /// <summary>
    /// Convolutions of residual blocks that are computed in 8 bits on this machine: those that gain by it. 0 before <see cref="WithInt8"/>,
    /// and where 32 bits are faster everywhere.
    /// </summary>
    public int Int8Convolutions => Model.Int8 is null ? 0 : Plan.EightBitConvolutions;

    /// <summary>
    /// The same network with the convolutions of its residual blocks in 8 bits, where this machine, or the one that loads the model, is
    /// faster so. Stem, shortcuts without weights, gates and heads stay in 32 bits.
    /// </summary>
    /// <param name="calibrationData">
    /// Unlabelled images like those to be scored, with the feature column; read once. A few hundred rows are enough; of more than 1,000, or
    /// 256 MiB of pixels, a part is used. They run at this transformer's thresholds.
    /// </param>
    /// <returns>
    /// A new transformer; this one does not change. Its <see cref="Int8"/> says how many answers and decisions stayed the same. Thresholds
    /// of gates and exits are taken over, although the network is another one: choose them again. What was certified is given up.
    /// </returns>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The feature column is missing or of a wrong type or size.</exception>
    /// <exception cref="FormatException">An image cannot be read, or overflows in the network; the message names the row.</exception>
    /// <remarks>
    /// A saved model keeps the weights in 32 bits and what 8-bit numbers stand for, so that it loads on any machine; versions of this
    /// library that know nothing of 8 bits refuse it. <see cref="WithImageShape"/> and training on from the network give 8 bits up.
    /// </remarks>
    /// <example>
    /// <code>
    /// var quick = network.WithInt8(data).WithComputeBudget(data, computeFraction: 0.5);
    /// Console.WriteLine(quick.Int8);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithInt8(IDataView calibrationData)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        var model = Model.With(Int8Fit.Find(Model, Columns.Features, calibrationData, WarnOfImages));
        return Without(nameof(WithInt8), model, PlanSource.Of(model), times: null);
    }

    private string? EightBits()
    {
        if (Model.Int8 is null)
        {
            return null;
        }

        var (own, all) = (Plan.EightBitConvolutions, Convolutions());
        return FormattableString.Invariant(
            $"{Int8}{Environment.NewLine}On this machine {own} of {all} convolutions of blocks are in 8 bits ({Plan.EightBitKind}).");
    }

    private int Convolutions() => Model.Blocks.Blocks.Sum(block => block.Body.Count + (block.Projection is null ? 0 : 1));
}
