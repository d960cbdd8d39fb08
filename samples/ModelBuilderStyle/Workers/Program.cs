using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelBuilderStyle.Workers;

const int Refused = 1;
const int BadUsage = 2;

try
{
    using var host = WorkerHost.Create(args);

    // The host is disposed when it has run.
    BackgroundService[] jobs = [.. host.Services.GetServices<IHostedService>().OfType<BackgroundService>()];
    var metrics = WorkerHost.IsFolder(host) ? host.Services.GetRequiredService<WorkerMetrics>() : null;
    await host.RunAsync();

    // What ended the work, if it did not end by itself.
    foreach (var job in jobs)
    {
        await (job.ExecuteTask ?? Task.CompletedTask);
    }

    return metrics?.Refused > 0 ? Refused : 0;
}
catch (Exception exception) when (exception is ArgumentException or FormatException or IOException or InvalidOperationException
    or UnauthorizedAccessException or ModelFileException or DbException)
{
    // What the operator can put right (a setting, the model file, a folder, a port in use): one sentence, no stack trace.
    Console.Error.WriteLine(exception.Message);
    return BadUsage;
}
