using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Promises;
using AdaptiveInference.ML.Transforms.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms;

/// <content>What is certified about the network.</content>
public sealed partial class GatedResNetTransformer
{
    /// <summary>
    /// What <see cref="WithAccuracyGuarantee"/> has certified about the setting of gates and exits; null where nothing is. Saved with the
    /// model. Every other method that changes the setting or the images gives it up.
    /// </summary>
    public AccuracyGuarantee? Guarantee => Model.Guarantee;

    /// <summary>
    /// Which answers are accepted since <see cref="WithRefusal"/>, and what is certified about them; null where there is no such column.
    /// Saved with the model. Every other method that changes the setting or the images gives it up.
    /// </summary>
    public RefusalGuarantee? Refusal => Model.Refusal;

    /// <summary>
    /// The same weights with the boldest setting of gates and exits, chosen together, whose accuracy is certified: it is at most
    /// <see cref="AccuracyGuaranteeOptions.MaximumDrop"/> below that of the whole network on data like the calibration data, with
    /// probability <see cref="AccuracyGuaranteeOptions.Confidence"/> over the choice of that data.
    /// </summary>
    /// <param name="calibrationData">
    /// Images like those to be scored, <b>none of which the network was trained or validated on</b>: nothing here can notice that. Read
    /// once. One third chooses the setting, the others certify it. To certify one point takes at least 450 rows, and 2,000 do it well.
    /// </param>
    /// <param name="options">What is to be promised.</param>
    /// <returns>
    /// A new transformer, whose <see cref="Guarantee"/> says what is certified. When nothing is, it runs the whole network, and
    /// <see cref="Guarantee"/> says how many rows would be needed; a warning goes to the log of the <c>MLContext</c>. An earlier
    /// <see cref="Refusal"/> is given up: call <see cref="WithRefusal"/> after this.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// An option is out of range, fewer than two rows can be used, or labels are of none of the network's classes.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    /// <exception cref="FormatException">An image cannot be read, or overflows in the network; the message names the row.</exception>
    /// <exception cref="InvalidOperationException">The network has neither gates nor exits, or no classes.</exception>
    /// <example>
    /// <code>
    /// var certified = network.WithAccuracyGuarantee(data, new AccuracyGuaranteeOptions { LabelColumnName = "Label" });
    /// Console.WriteLine(certified.Guarantee);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithAccuracyGuarantee(IDataView calibrationData, AccuracyGuaranteeOptions options)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        ArgumentNullException.ThrowIfNull(options);
        RequireClasses();
        options.Check();
        if (Exits.Count == 0 && !Blocks.Any(block => block.IsGated))
        {
            throw new InvalidOperationException(
                "This network has neither gates nor early exits, so that there is nothing to save and nothing to certify. Train a SkipNet "
                + "or a ConvNet-AIG, or add exits.");
        }

        var source = Source(calibrationData, options.LabelColumnName, options.GroupColumnName, keepsUnknown: false);
        var (policy, guarantee, times) = AccuracyCertificate.Find(Model, source, calibrationData, options);
        var certified = With(policy, nameof(WithAccuracyGuarantee));
        Say(guarantee is { RowsNeeded: null, LabelsByPosition: false }, guarantee);
        var model = certified.Model.With(guarantee, refusal: null);
        return new GatedResNetTransformer(_environment, model, certified.Columns, _plan, certified._givenUp)
        {
            Times = times ?? Times,
        };
    }

    /// <summary>
    /// The same network with a Boolean column that says whether an answer is sure enough to be relied on. Of the answers that are accepted
    /// at most <see cref="RefusalOptions.MaximumRisk"/> are wrong on data like the calibration data, with probability
    /// <see cref="RefusalOptions.Confidence"/> over the choice of that data. Rows that are refused keep their scores and labels.
    /// </summary>
    /// <param name="calibrationData">
    /// Images like those to be scored, with labels, <b>none of which the network was trained or validated on</b>: nothing here can notice
    /// that. Read once. One third chooses where to begin, the others certify.
    /// </param>
    /// <param name="options">What is to be promised.</param>
    /// <returns>
    /// A new transformer at the same setting of gates and exits, whose <see cref="Refusal"/> says what is certified. When nothing is, it
    /// accepts no answer, and <see cref="Refusal"/> says how many rows would be needed; a warning goes to the log of the <c>MLContext</c>.
    /// <see cref="Guarantee"/> is kept.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// An option is out of range, fewer than two rows can be used, or labels are of none of the network's classes.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of a wrong type.</exception>
    /// <exception cref="FormatException">An image cannot be read, or overflows in the network; the message names the row.</exception>
    /// <exception cref="InvalidOperationException">The network has no classes.</exception>
    /// <example>
    /// <code>
    /// var careful = network.WithRefusal(data, new RefusalOptions { MaximumRisk = 0.01 });
    /// Console.WriteLine(careful.Refusal);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithRefusal(IDataView calibrationData, RefusalOptions options)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        ArgumentNullException.ThrowIfNull(options);
        RequireClasses();
        options.Check(Columns);
        if (calibrationData.Schema.GetColumnOrNull(options.AcceptedColumnName) is { } hidden && hidden.Type != BooleanDataViewType.Instance)
        {
            throw new ArgumentException(
                $"The data has a column '{hidden.Name}' of type {hidden.Type}, which the column of accepted answers would hide. Choose "
                + $"another name in {nameof(RefusalOptions)}.{nameof(RefusalOptions.AcceptedColumnName)}.",
                nameof(options));
        }

        var source = Source(calibrationData, options.LabelColumnName, options.GroupColumnName, keepsUnknown: true);
        var (refusal, distances) = RefusalCertificate.Find(Model, source, calibrationData, options);
        Say(refusal is { RowsNeeded: null, LabelsFit: true, LabelsByPosition: false }, refusal);
        return new GatedResNetTransformer(
            _environment, Model.With(Guarantee, refusal, distances), Columns with { Accepted = options.AcceptedColumnName }, _plan,
            GivenUpWith(new GivenUp(nameof(WithRefusal)) { TimeLimit = TimeLimit, Monitor = Monitor is not null }))
        {
            Times = Times, Calibration = Calibration,
        };
    }

    /// <summary>The same network, whose columns have other names; without a monitor.</summary>
    internal GatedResNetTransformer WithColumns(ScoringColumns columns)
        => new(_environment, Model, columns, _plan, _givenUp) { Times = Times, Limits = Limits, Calibration = Calibration };

    internal GatedResNetTransformer With(ScoringPolicy policy, string method = "") => With(policy, method, Times);

    // Measured times are of the weights and the machine, whatever the thresholds.
    internal GatedResNetTransformer With(ScoringPolicy policy, string method, CostTable? times, BudgetCalibration? calibration = null)
        => Without(method, Model.With(policy, ChoosesAll(method)), _plan, times, calibration: calibration);

    // Gates' thresholds are none of exits', and the other way round.
    private bool ChoosesAll(string method) => method switch
    {
        nameof(WithExitConfidence) => !Blocks.Any(block => block.IsGated),
        nameof(WithGateThreshold) or nameof(WithGateBudget) => Exits.Count == 0,
        _ => true,
    };

    // A certificate is about one setting and one way to read images.
    private GatedResNetTransformer Without(
        string method, GatedResNetModel model, PlanSource plan, CostTable? times, MeasuredTimeLimits? limits = null,
        BudgetCalibration? calibration = null)
    {
        var givenUp = method.Length == 0
            ? _givenUp
            : GivenUpWith(new GivenUp(method)
            {
                Guarantee = Guarantee is not null && method != nameof(WithAccuracyGuarantee),
                AcceptedColumn = Refusal is null ? null : Columns.Accepted,
                TimeLimit = limits is null ? TimeLimit : null,
                EightBits = Model.Int8 is not null && model.Int8 is null,
                Monitor = Monitor is not null,
            });
        return new GatedResNetTransformer(_environment, model, Columns with { Accepted = null }, plan, givenUp)
        {
            Times = times, Limits = limits, Calibration = calibration,
        };
    }

    private IReadOnlyList<GivenUp> GivenUpWith(GivenUp now)
    {
        List<GivenUp> all = [.. _givenUp.Select(before => before.After(now.Method)).Where(before => before.IsAny)];
        if (now.IsAny)
        {
            all.Add(now);
            Say(isGood: false, now);
        }

        return all;
    }

    private CalibrationSource Source(IDataView data, string? labelName, string? groupName, bool keepsUnknown)
    {
        var images = ImageColumn.ForModel(data.Schema, Columns.Features, Model, ColumnRole.CalibrationData);
        images.CheckScale(Model.Channels);
        RequireTrueLabels(data, labelName, "options");
        return new CalibrationSource(
            Plan, images, labelName is null ? null : LabelColumn.OfCalibration(data, labelName, Model.Classes),
            groupName is null ? null : GroupColumn.Of(data.Schema, groupName, ColumnRole.CalibrationGroup), keepsUnknown);
    }

    private void Say(bool isGood, object sentence)
    {
        using var channel = _environment.Start("Certificate");
        if (isGood)
        {
            channel.Info(MessageSensitivity.None, "{0}", sentence);
        }
        else
        {
            channel.Warning(MessageSensitivity.None, "{0}", sentence);
        }
    }
}
