using System.Diagnostics;
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
    /// <param name="service">The assembly, <c>ModelBuilderStyle.WebApi.dll</c>.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="options">Its options.</param>
    /// <param name="log">Gets every line that it writes.</param>
    public static async Task<ServiceProcess> StartAsync(string service, int port, IEnumerable<string> options, Action<string> log)
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        Array.ForEach([service, "--urls", address.ToString(), .. options], start.ArgumentList.Add);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) =>
        {
            if (!string.IsNullOrEmpty(line.Data))
            {
                log(line.Data);
            }
        };
        process.BeginOutputReadLine();
        var started = new ServiceProcess(process, address);
        for (var waited = 0; ; waited++)
        {
            try
            {
                await started.BudgetsAsync();
                return started;
            }
            catch (HttpRequestException) when (!process.HasExited && waited < StartSeconds)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>Memory that it holds now.</summary>
    public double Mebibytes()
    {
        _process.Refresh();
        return _process.WorkingSet64 / 1048576.0;
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
