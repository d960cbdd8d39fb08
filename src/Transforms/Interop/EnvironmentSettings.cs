using Microsoft.ML.Runtime;

namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>Settings of an <c>MLContext</c>, which ML.NET gives to its own trainers only.</summary>
/// <param name="Seed">Seed given to the context, or null.</param>
/// <param name="GpuDeviceId">Number of the GPU to train on, or null for the CPU.</param>
/// <param name="FallbackToCpu">Whether to train on the CPU when that GPU is not there.</param>
/// <param name="TempFolder">Folder for temporary files.</param>
internal sealed record EnvironmentSettings(int? Seed, int? GpuDeviceId, bool FallbackToCpu, string TempFolder)
{
    public static EnvironmentSettings Of(IHostEnvironment environment)
    {
        var settings = (IHostEnvironmentInternal)environment;
        var folder = string.IsNullOrEmpty(settings.TempFilePath) ? Path.GetTempPath() : settings.TempFilePath;
        return new EnvironmentSettings(settings.Seed, settings.GpuDeviceId, settings.FallbackToCpu, folder);
    }

    /// <summary>Ends the work of a context whose execution was cancelled, as AutoML does when its time is up.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public static void ThrowIfCancelled(IHostEnvironment environment)
    {
        if (environment is ICancelable { IsCanceled: true })
        {
            throw new OperationCanceledException("The execution of the MLContext was cancelled.");
        }
    }
}
