using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace AdaptiveInference.ML.Benchmarks.Overload;

/// <summary>The sample's web API in a process of its own.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private const int StartSeconds = 600;

    private readonly Process _process;

    private ServiceProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    /// <summary>Budgets of its steps as they are now, the most accurate first.</summary>
    public async Task<double[]> BudgetsAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        using var health = JsonDocument.Parse(await client.GetStringAsync("health"));
        return [.. health.RootElement.GetProperty("computeBudgets").EnumerateArray().Select(one => one.GetDouble())];
    }

    /// <summary>Starts the service and waits until it answers.</summary>
    /// <param name="options">Where everything is.</param>
    /// <param name="ladder">Whether it may think less under load.</param>
    public static async Task<ServiceProcess> StartAsync(OverloadOptions options, bool ladder)
    {
        var address = new Uri($"http://127.0.0.1:{options.Port}");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        List<string> arguments =
        [
            options.Service, "--model", options.Model, "--urls", address.ToString(), "--Api:Ladder", ladder ? "true" : "false",
            "--Api:WholeNetworkWhenIdle", "true", "--Api:ReloadSeconds", "0", "--Logging:LogLevel:Default", "Warning",
            "--Api:TargetMilliseconds", options.TargetMilliseconds.ToString(CultureInfo.InvariantCulture),
        ];
        if (options.Calibration is { } folder)
        {
            arguments.AddRange(["--Api:CalibrationImages", folder]);
        }

        arguments.ForEach(start.ArgumentList.Add);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) =>
        {
            if (!string.IsNullOrEmpty(line.Data))
            {
                Console.Error.WriteLine(line.Data);
            }
        };
        process.BeginOutputReadLine();
        var service = new ServiceProcess(process, address);
        for (var waited = 0; ; waited++)
        {
            try
            {
                await service.BudgetsAsync();
                return service;
            }
            catch (HttpRequestException) when (!process.HasExited && waited < StartSeconds)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
