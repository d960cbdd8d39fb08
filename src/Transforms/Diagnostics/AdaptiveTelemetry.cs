namespace AdaptiveInference.ML.Transforms;

/// <summary>Where metrics and traces of this library are to be found.</summary>
/// <remarks>
/// Without a listener nothing is measured: no clock is read and nothing is allocated. Names and units follow OpenTelemetry's conventions.
/// With its packages <c>AddMeter(AdaptiveTelemetry.Name)</c> and <c>AddSource(AdaptiveTelemetry.Name)</c> are all that is needed.
/// </remarks>
/// <example>
/// <code>
/// using var listener = new System.Diagnostics.Metrics.MeterListener
/// {
///     InstrumentPublished = (instrument, listener) =>
///     {
///         if (instrument.Meter.Name == AdaptiveTelemetry.Name)
///         {
///             listener.EnableMeasurementEvents(instrument);
///         }
///     },
/// };
/// </code>
/// </example>
public static class AdaptiveTelemetry
{
    /// <summary>Name of the <see cref="System.Diagnostics.Metrics.Meter"/> and of the
    /// <see cref="System.Diagnostics.ActivitySource"/>.</summary>
    public const string Name = "AdaptiveInference.ML";
}
