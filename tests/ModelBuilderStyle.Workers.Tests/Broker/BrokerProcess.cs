using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ModelBuilderStyle.Workers.Tests.Broker;

/// <summary>
/// RabbitMQ as Debian installs it, in a folder and on ports of its own. It can be stopped and started again, with what it keeps.
/// </summary>
internal sealed class BrokerProcess : IDisposable
{
    /// <summary>What to say where there is none.</summary>
    public const string Missing = "There is no RabbitMQ here: 'apt-get install rabbitmq-server' makes this run.";

    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly string _folder = Directory.CreateTempSubdirectory("workers-broker").FullName;
    private readonly int _port = FreePort.Next();
    private readonly int _nodePort = FreePort.Next();
    private readonly int _namesPort = FreePort.Next();
    private Process? _process;

    /// <summary>Whether it is installed.</summary>
    public static bool IsInstalled => File.Exists(Server);

    /// <summary>Its address.</summary>
    public string Address => $"amqp://guest:guest@127.0.0.1:{_port}";

    /// <summary>Time that processors have spent on it; none when it has not been started.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process?.Refresh();
            return _process?.TotalProcessorTime ?? TimeSpan.Zero;
        }
    }

    /// <summary>Starts it and waits until it takes connections.</summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public async Task StartAsync()
    {
        File.WriteAllText(Path.Combine(_folder, "empty"), "");
        File.WriteAllText(Path.Combine(_folder, "plugins"), "[].");
        var start = new ProcessStartInfo(Server, ["-noinput"])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                // The program is then the broker itself, and not a script that starts it.
                ["RUNNING_UNDER_SYSTEMD"] = "1",
                ["HOME"] = _folder,
                ["ERL_EPMD_PORT"] = $"{_namesPort}",
                ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder, "empty"),
                ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder, "none"),
                ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(_folder, "none.config"),
                ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder, "plugins"),
                ["RABBITMQ_NODENAME"] = $"workers{_port}@localhost",
                ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_NODE_PORT"] = $"{_port}",
                ["RABBITMQ_DIST_PORT"] = $"{_nodePort}",
                ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder, "data"),
                ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder, "log"),
                ["RABBITMQ_PID_FILE"] = Path.Combine(_folder, "pid"),
            },
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        while (true)
        {
            try
            {
                await using var connection = await ConnectAsync();
                return;
            }
            catch (BrokerUnreachableException) when (!_process.HasExited)
            {
                await Task.Delay(Pause);
            }
            catch (BrokerUnreachableException error)
            {
                throw new InvalidOperationException($"RabbitMQ ended with {_process.ExitCode}; its log is in '{_folder}'.", error);
            }
        }
    }

    /// <summary>Stops it.</summary>
    /// <param name="gently">Whether it is asked to, or killed.</param>
    public async Task StopAsync(bool gently)
    {
        if (gently)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"]);
            await kill.WaitForExitAsync();
        }
        else
        {
            _process!.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>A connection of its own.</summary>
    public Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = new Uri(Address), AutomaticRecoveryEnabled = false }
        .CreateConnectionAsync();

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        // The names server outlives whoever started it.
        using var names = Process.Start(new ProcessStartInfo("epmd", ["-port", $"{_namesPort}", "-kill"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        });
        names!.WaitForExit();
        Directory.Delete(_folder, recursive: true);
    }
}
