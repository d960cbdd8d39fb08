using AdaptiveInference.ML.Transforms.Budget;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms;

/// <content>Budgets by the accuracy on labels.</content>
public sealed partial class GatedResNetTransformer
{
    /// <summary>
    /// What the thresholds of gates and exits were chosen by, where <see cref="WithComputeBudget(IDataView, double)"/>,
    /// <see cref="WithTimeBudget(IDataView, double)"/> or a training on validation data chose them; null elsewhere. Not saved with the
    /// model.
    /// </summary>
    public BudgetCalibration? Calibration { get; internal init; }

    /// <summary>
    /// As <see cref="WithComputeBudget(IDataView, double)"/>, but settings are judged by the accuracy on the images' labels and not by the
    /// probabilities that the network gives its answers, which are too high on images like none that it has seen.
    /// </summary>
    /// <param name="calibrationData">
    /// Images like those to be scored, with the feature column and labels; read once. Not those that the network was trained on, of which
    /// it knows the answers, and not those that are to tell how accurate the result is. With fewer than some hundred rows the other method,
    /// whose probabilities depend less on chance, may choose better.
    /// </param>
    /// <param name="computeFraction">Wanted mean of the compute fraction, above 0.</param>
    /// <param name="labelColumnName">Name of the label column, a key. Rows without a label of the network's are left out.</param>
    /// <returns>A new transformer, whose <see cref="Calibration"/> says what was used.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The fraction is not above 0, or below what the network can reach; or a column is missing or of a wrong type.
    /// </exception>
    /// <exception cref="ArgumentException">There are no rows with a label, or labels are of none of the network's classes.</exception>
    /// <exception cref="FormatException">The image of a row cannot be read.</exception>
    /// <example>
    /// <code>
    /// var halfTheWork = network.WithComputeBudget(data, 0.5, "Label");
    /// Console.WriteLine(halfTheWork.Calibration);
    /// </code>
    /// </example>
    public GatedResNetTransformer WithComputeBudget(IDataView calibrationData, double computeFraction, string labelColumnName)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        return ForCompute(calibrationData, computeFraction, labelColumnName);
    }

    /// <summary>
    /// As <see cref="WithTimeBudget(IDataView, double)"/>, but settings are judged by the accuracy on the images' labels: see
    /// <see cref="WithComputeBudget(IDataView, double, string)"/>.
    /// </summary>
    /// <param name="calibrationData">Images like those to be scored, with the feature column and labels; read once.</param>
    /// <param name="fraction">Wanted mean of the time that images take, above 0; 1 is every block run, without gates and exits.</param>
    /// <param name="labelColumnName">Name of the label column, a key. Rows without a label of the network's are left out.</param>
    /// <returns>A new transformer, whose <see cref="Calibration"/> says what was used.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The fraction is not above 0, or below what the network can reach; or a column is missing or of a wrong type.
    /// </exception>
    /// <exception cref="ArgumentException">There are no rows with a label, or labels are of none of the network's classes.</exception>
    /// <exception cref="FormatException">The image of a row cannot be read.</exception>
    public GatedResNetTransformer WithTimeBudget(IDataView calibrationData, double fraction, string labelColumnName)
    {
        ArgumentNullException.ThrowIfNull(calibrationData);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        return ForTime(calibrationData, fraction, labelColumnName);
    }

    private GatedResNetTransformer ForCompute(IDataView data, double fraction, string? labelColumnName)
    {
        RequireClasses();
        RequireTrueLabels(data, labelColumnName, nameof(labelColumnName));
        var (policy, calibration) = ComputeBudget.Find(Model, () => Plan, Columns, data, fraction, WarnOfImages, labelColumnName);
        return With(policy, nameof(WithComputeBudget), Times, Warned(calibration));
    }

    private GatedResNetTransformer ForTime(IDataView data, double fraction, string? labelColumnName)
    {
        RequireClasses();
        RequireTrueLabels(data, labelColumnName, nameof(labelColumnName));
        var (policy, times, calibration) = TimeBudget.Find(Model, () => Plan, Columns, data, fraction, labelName: labelColumnName);
        return With(policy, nameof(WithTimeBudget), times, Warned(calibration));
    }

    private GatedResNetTransformer ForTime(IDataView data, TimeSpan perImage)
    {
        RequireClasses();
        var (policy, times, calibration) = TimeBudget.Find(Model, () => Plan, Columns, data, perImage);
        return With(policy, nameof(WithTimeBudget), times, calibration);
    }

    private BudgetCalibration Warned(BudgetCalibration calibration)
    {
        if (!calibration.LabelsFit || calibration.LabelsByPosition)
        {
            using var channel = _environment.Start("Labels");
            channel.Warning(MessageSensitivity.None, "{0}", calibration);
        }

        return calibration;
    }

    // A model's own answers would find every setting right that answers like it.
    private static void RequireTrueLabels(IDataView data, string? name, string parameter)
    {
        if (name is not null && data.Schema.GetColumnOrNull(name) is { } column && Scoring.OutputColumns.SetIdOf(column) is not null)
        {
            throw new ArgumentException(
                $"Label column '{name}' holds the answers of a model, by which nothing can be judged. Name the column of the true labels.",
                parameter);
        }
    }
}
