using Microsoft.Data.Sqlite;

namespace ModelBuilderStyle.Workers.Storage;

/// <summary>Results in a file, which several workers of one machine may write to.</summary>
internal static class Sqlite
{
    // A file that another process holds for longer is tried again anyhow, and a worker that is told to stop has to wait for this.
    private const int BusySeconds = 3;

    // Of SQLite's result codes: read-only, corrupt, cannot be opened, no database.
    private static readonly int[] Lasting = [8, 11, 14, 26];

    /// <summary>Whether waiting does not help: the file is none that results can be written to.</summary>
    public static bool IsLasting(Exception error) => error is SqliteException sqlite && Lasting.Contains(sqlite.SqliteErrorCode);

    /// <summary>The store in a file.</summary>
    public static ResultStore Open(string file)
    {
        var path = Path.GetFullPath(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var connection = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = BusySeconds }.ToString();
        return new ResultStore(SqliteFactory.Instance.CreateDataSource(connection),
        [
            // A log beside the file: who reads does not wait for who writes. It is on disk when a transaction ends, also without power.
            "PRAGMA journal_mode = WAL",
            """
            CREATE TABLE IF NOT EXISTS results (
                image TEXT NOT NULL, model TEXT NOT NULL, label TEXT NOT NULL, probability REAL NOT NULL, compute_fraction REAL NOT NULL,
                step INTEGER NOT NULL, scored_at TEXT NOT NULL, PRIMARY KEY (image, model)) WITHOUT ROWID
            """,
            "CREATE TABLE IF NOT EXISTS sources (source TEXT NOT NULL, image TEXT NOT NULL, PRIMARY KEY (source, image)) WITHOUT ROWID",
        ]);
    }
}
