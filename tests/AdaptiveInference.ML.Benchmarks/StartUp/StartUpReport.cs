namespace AdaptiveInference.ML.Benchmarks.StartUp;

/// <summary>What one fresh process measured.</summary>
/// <param name="LoadMilliseconds">The call that loads the model; it is compiled further in the background.</param>
/// <param name="EngineMilliseconds">Making the prediction engine.</param>
/// <param name="PredictMilliseconds">The first prediction, which waits for what is left of the compilation.</param>
/// <param name="ProcessorMilliseconds">Processor time of all threads over these three.</param>
/// <param name="WorkingSet">Bytes in memory behind the first prediction.</param>
/// <param name="PeakWorkingSet">Most bytes in memory at any time up to the end of the run.</param>
/// <param name="EarlyRatio">Time of the 2nd to 100th prediction, all together, ÷ that of the same images in steady state.</param>
/// <param name="SlowestEarlyRatio">The largest ratio of one of these predictions.</param>
/// <param name="SteadyMicroseconds">Mean time of a prediction in steady state.</param>
internal sealed record StartUpReport(
    double LoadMilliseconds,
    double EngineMilliseconds,
    double PredictMilliseconds,
    double ProcessorMilliseconds,
    long WorkingSet,
    long PeakWorkingSet,
    double EarlyRatio,
    double SlowestEarlyRatio,
    double SteadyMicroseconds)
{
    public double TotalMilliseconds => LoadMilliseconds + EngineMilliseconds + PredictMilliseconds;
}
