using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelBuilderStyle.Workers.Broker;
using ModelBuilderStyle.Workers.Folders;
using ModelBuilderStyle.Workers.Processing;
using ModelBuilderStyle.Workers.Storage;
using OpenTelemetry.Metrics;

namespace ModelBuilderStyle.Workers;

/// <summary>Puts a worker together.</summary>
internal static class WorkerHost
{
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(5);

    // What stands by itself on the command line, and the setting that it is.
    private static readonly string[] Shorthands =
    [
        nameof(WorkerSettings.Model), nameof(WorkerSettings.Broker), nameof(WorkerSettings.Folder), nameof(WorkerSettings.Send),
        nameof(WorkerSettings.Root), nameof(WorkerSettings.Store), nameof(WorkerSettings.Queue),
    ];

    /// <summary>Loads the model and makes the worker, ready to run.</summary>
    /// <param name="arguments">Command line.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    /// <exception cref="InvalidOperationException">A setting is no number.</exception>
    /// <exception cref="ModelFileException">There is no usable model.</exception>
    public static IHost Create(string[] arguments)
    {
        var settings = Read(arguments);
        return settings.StatusPort > 0 ? WithStatus(arguments, settings) : WithoutStatus(arguments, settings);
    }

    /// <summary>Whether a worker scores a folder, and not what a broker hands out.</summary>
    public static bool IsFolder(IHost host) => host.Services.GetRequiredService<WorkerSettings>().Folder is not null;

    private static WorkerSettings Read(string[] arguments)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(arguments, Shorthands.ToDictionary(
            name => $"--{name.ToLowerInvariant()}", name => $"{WorkerSettings.Section}:{name}")).Build();
        var settings = SettingsSection.Read<WorkerSettings>(configuration, WorkerSettings.Section);
        settings.Check();
        return settings;
    }

    private static IHost WithoutStatus(string[] arguments, WorkerSettings settings)
    {
        var builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { Args = arguments, ContentRootPath = AppContext.BaseDirectory });
        Add(builder, settings, null);
        return builder.Build();
    }

    private static WebApplication WithStatus(string[] arguments, WorkerSettings settings)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = arguments, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(server => server.ListenAnyIP(settings.StatusPort));
        Add(builder, settings, metrics => metrics.AddPrometheusExporter());
        var app = builder.Build();
        app.MapPrometheusScrapingEndpoint();
        app.MapGet("/health/live", () => TypedResults.Ok());
        app.MapGet("/health/ready", (WorkerState state) => state.Problem is { } problem
            ? Results.Text(problem, statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Ok());
        return app;
    }

    private static void Add(IHostApplicationBuilder builder, WorkerSettings settings, Action<MeterProviderBuilder>? addMetrics)
    {
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

        // What ends the work is said by the program itself.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.Configure<HostOptions>(
            host => host.ShutdownTimeout = TimeSpan.FromSeconds(settings.StopSeconds) + CloseTime);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<WorkerState>();
        if (settings.Send is not null)
        {
            builder.Services.AddHostedService<Sender>();
            return;
        }

        var model = ModelEngines.Read(settings.ForEngines());
        builder.Services.AddSingleton(_ => model);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(_ => ResultStore.Of(settings.Store));
        builder.Services.AddSingleton<StoreWriter>();
        builder.Services.AddSingleton<WorkerMetrics>();
        builder.Services.AddSingleton<ImageScorer>();
        builder.Services.AddSingleton<MessageProcessor>();
        ServiceTelemetry.Add(builder, WorkerMetrics.MeterName, addMetrics, null);
        if (settings.Broker is null)
        {
            builder.Services.AddHostedService<FolderWorker>();
        }
        else
        {
            builder.Services.AddHostedService<BrokerWorker>();
        }
    }
}
