using Microsoft.Data.Sqlite;
using ModelBuilderStyle.Workers.Storage;
using Npgsql;

namespace ModelBuilderStyle.Workers.Tests.Storage;

/// <summary>An empty store in a database that is gone with the test.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private readonly TemporaryFolder? _folder;
    private readonly Func<System.Data.Common.DbConnection> _connect;

    private TestDatabase(string setting, TemporaryFolder? folder, Func<System.Data.Common.DbConnection> connect)
        => (Setting, _folder, _connect, Store) = (setting, folder, connect, ResultStore.Of(setting));

    /// <summary>What the operator would write.</summary>
    public string Setting { get; }

    public ResultStore Store { get; }

    /// <summary>An empty store in a database of this kind.</summary>
    public static async Task<TestDatabase> OpenAsync(string database)
    {
        var place = database == "SQLite" ? OfSqlite() : OfPostgres(await PostgresServer.StartedAsync());
        await place.Store.PrepareAsync(default);
        return place;
    }

    /// <summary>All names with the image that came under each.</summary>
    public async Task<string[]> SourcesAsync()
    {
        await using var connection = _connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT source, image FROM sources ORDER BY source, image";
        var sources = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            sources.Add($"{reader.GetString(0)}={reader.GetString(1)}");
        }

        return [.. sources];
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _folder?.Dispose();
    }

    private static TestDatabase OfSqlite()
    {
        var folder = new TemporaryFolder();
        return new TestDatabase(folder["results.db"], folder, () => new SqliteConnection($"Data Source={folder["results.db"]}"));
    }

    private static TestDatabase OfPostgres(PostgresServer server)
    {
        var setting = server.NewDatabase();
        return new TestDatabase(setting, null, () => new NpgsqlConnection(setting));
    }
}
