using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Quantisation;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms;

/// <content>The network in 8 bits.</content>
public sealed partial class GatedResNetTransformer
{
    private const string NoneGains =
        "No convolution of a residual block was faster in 8 bits on the machine where WithInt8 ran, so that all stay in 32. To quantise "
        + "for another machine or for ONNX, use WithInt8(data, Int8Choice.All).";

    /// <summary>
    /// How <see cref="WithInt8"/> chose what 8-bit numbers stand for, and what that changed; null where the network is computed in 32 bits.
    /// Saved with the model.
    /// </summary>
    public Int8Calibration? Int8 => Model.Int8?.Calibration;

    /// <summary>
    /// Convolutions of residual blocks that are in 8 bits: a part of the model, the same on every machine. 0 before <see
    /// cref="WithInt8"/>, and where it found none that gains.
    /// </summary>
    public int Int8Convolutions => Model.Int8?.Set.Count ?? 0;

    /// <summary>
    /// The same network with convolutions of its residual blocks in 8 bits. Shortcuts without weights, gates and heads stay in 32 bits, the
    /// stem in 16 or 32.
    /// </summary>
    /// <param name="calibrationData">
    /// Unlabelled images like those to be scored, with the feature column; read once. A few hundred rows are enough; of more than 1,000, or
    /// 256 MiB of pixels, a part is used. They run at this transformer's thresholds.
    /// </param>
    /// <param name="choice">
    /// Which convolutions; the default is <see cref="Int8Choice.FasterHere"/>. A machine that loads the model computes the same numbers, by
    /// kernels for bytes or for floats, whichever are faster there.
    /// </param>
    /// <returns>
    /// A new transformer; this one does not change. Its <see cref="Int8"/> says how many answers and decisions stayed the same. Thresholds
    /// of gates and exits are taken over, although the network is another one: choose them again. What was certified is given up.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The feature column is missing or of a wrong type or size, or <paramref name="choice"/> is none.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// There are no rows; or with room for bytes the network needs more memory for an image than <see cref="ResourceLimits"/> allow.
    /// </exception>
    /// <exception cref="FormatException">An image cannot be read, or overflows in the network; the message names the row.</exception>
    /// <remarks>
    /// A saved model keeps the weights in 32 bits, which convolutions are in 8, and what 8-bit numbers stand for, so that it loads on any
    /// machine, and is the same network there; versions of this library that know nothing of 8 bits refuse it. <see cref="WithImageShape"/>
    /// and training on from the network give 8 bits up. An <see cref="ExitHeadsTrainer"/> does not: its heads learn from what the network
    /// gives in 8 bits, so that a backbone is best quantised before.
    /// </remarks>
    /// <example>
    /// <code>
    /// var quick = network.WithInt8(data).WithComputeBudget(data, computeFraction: 0.5);
    /// Console.WriteLine(quick.Int8);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithInt8(IDataView calibrationData, Int8Choice choice = Int8Choice.FasterHere)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        if (!Enum.IsDefined(choice))
        {
            throw new ArgumentOutOfRangeException(nameof(choice), choice, "Int8Choice has FasterHere and All.");
        }

        NetworkSizeCheck.Require(Model.Blocks, inEightBits: true);
        var model = Model.With(Int8Fit.Find(Model, Columns.Features, calibrationData, choice, WarnOfImages));
        if (model.Int8! is { Set.Count: 0, Calibration.ConvolutionsLeftOut: 0 })
        {
            using var channel = _environment.Start(nameof(WithInt8));
            channel.Warning(MessageSensitivity.None, "{0}", NoneGains);
        }

        return Without(nameof(WithInt8), model, PlanSource.Of(model), times: null);
    }

    private string? EightBits()
    {
        if (Model.Int8 is null)
        {
            return null;
        }

        var (own, count, all) = (Plan.ConvolutionsInBytes, Int8Convolutions, Int8Set.Convolutions(Model.Blocks));
        var which = count == 0 && Model.Int8.Calibration.ConvolutionsLeftOut == 0
            ? NoneGains
            : own == count
                ? $"{count} of {all} convolutions of blocks are in 8 bits ({Plan.EightBitKind})."
                : $"{count} of {all} convolutions of blocks are in 8 bits; this machine computes {own} of them with 8-bit instructions "
                    + $"({Plan.EightBitKind}) and the others, to the same numbers, in 32, where it is faster so.";
        var chosen = Int8 is { HasDecisions: true, ThresholdsChosenAfterwards: false }
            ? " Thresholds are those of before: choose them again."
            : "";
        return Int8 + chosen + Environment.NewLine + which;
    }
}
