using System.Diagnostics;
using Npgsql;

namespace ModelBuilderStyle.Workers.Tests.Storage;

/// <summary>PostgreSQL as Debian installs it, in a folder and on a port of its own; one for all tests.</summary>
internal sealed class PostgresServer
{
    private static readonly Lazy<Task<PostgresServer>> One = new(() => Task.Run(StartAsync));

    private readonly string _data;
    private readonly int _port;
    private int _databases;

    private PostgresServer(string data, int port) => (_data, _port) = (data, port);

    private static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(folder => File.Exists(Path.Combine(folder, "initdb"))).Max()
        : null;

    /// <summary>The server; without one the test is skipped.</summary>
    public static async Task<PostgresServer> StartedAsync()
    {
        if (Programs is null || !File.Exists("/usr/sbin/runuser"))
        {
            Assert.Inconclusive("There is no PostgreSQL here: 'apt-get install postgresql' makes this test run.");
        }

        return await One.Value;
    }

    /// <summary>Stops the server, if it was started.</summary>
    public static async Task StopAsync()
    {
        if (One.IsValueCreated)
        {
            var server = await One.Value;
            await RunAsync("pg_ctl", "-D", server._data, "-m", "immediate", "stop");
            Directory.Delete(Path.GetDirectoryName(server._data)!, recursive: true);
        }
    }

    /// <summary>The connection string of a new, empty database.</summary>
    public string NewDatabase()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        using var connection = new NpgsqlConnection(Connection("postgres"));
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        return Connection(name);
    }

    private static async Task<PostgresServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("workers-postgres").FullName;
        var server = new PostgresServer(Path.Combine(folder, "data"), FreePort.Next());
        if (Environment.UserName == "root")
        {
            // The server refuses to run as root.
            await WaitAsync(Process.Start("chown", ["postgres", folder]));
        }

        await RunAsync("initdb", "-D", server._data, "-A", "trust", "-U", "postgres", "--no-sync", "--locale", "C.UTF-8", "-E", "UTF8");
        await RunAsync(
            "pg_ctl", "-D", server._data, "-w", "-l", Path.Combine(folder, "log"), "-o",
            $"-p {server._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off", "start");
        return server;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var command = Path.Combine(Programs!, program);
        var process = Environment.UserName == "root"
            ? Process.Start("/usr/sbin/runuser", ["-u", "postgres", "--", command, .. arguments])
            : Process.Start(command, arguments);
        await WaitAsync(process);
    }

    private static async Task WaitAsync(Process process)
    {
        await process.WaitForExitAsync();
        Assert.AreEqual(0, process.ExitCode, process.StartInfo.FileName);
        process.Dispose();
    }

    private string Connection(string database) => $"Host=127.0.0.1;Port={_port};Username=postgres;Database={database};Pooling=false";
}
