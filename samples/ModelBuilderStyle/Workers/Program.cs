using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelBuilderStyle.Workers;

const int Refused = 1;
const int BadUsage = 2;

if (args.Any(argument => argument is "--help" or "-h" or "-?"))
{
    Console.WriteLine($"""
        Scores the images of a folder, or those that a RabbitMQ broker hands out, and stores one result for each.

          --folder PATH    scores the images below a folder and ends; again, it goes on where it was stopped
          --broker URI     scores what a broker hands out: amqp://user:password@host:5672/vhost
          --send PATH      puts the images of a folder into the broker's queue instead of scoring any
          --root PATH      the folder that paths in messages are below of
          --store STORE    a file for SQLite, or a connection string with Host= for PostgreSQL (default {WorkerSettings.DefaultStore})
          --model FILE     the trained model, a .zip
          --queue NAME     name of the queue (default {WorkerSettings.DefaultQueue})
          --{WorkerSettings.Section}:NAME VALUE
                           any setting: {string.Join(", ", SettingsSection.Names<WorkerSettings>())}

        Each is explained in docs/workers.md.
        """);
    return 0;
}

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
