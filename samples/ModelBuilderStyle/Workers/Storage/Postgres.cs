using Npgsql;

namespace ModelBuilderStyle.Workers.Storage;

/// <summary>Results in PostgreSQL, which workers of any number of machines write to.</summary>
internal static class Postgres
{
    // Workers that begin at the same time would otherwise both make the tables, and one of them fail.
    private const long Lock = 0x41_49_4D_4C;

    /// <summary>The store at a connection string.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static ResultStore Open(string connection) => new(
        Source(connection),
        [
            $"""
            BEGIN;
            SELECT pg_advisory_xact_lock({Lock});
            CREATE TABLE IF NOT EXISTS results (
                image text NOT NULL, model text NOT NULL, label text NOT NULL, probability real NOT NULL, compute_fraction real NOT NULL,
                step integer NOT NULL, scored_at text NOT NULL, PRIMARY KEY (image, model));
            CREATE TABLE IF NOT EXISTS sources (source text NOT NULL, image text NOT NULL, PRIMARY KEY (source, image));
            COMMIT;
            """,
        ]);

    // The string itself is not repeated: it may have a password in it.
    private static NpgsqlDataSource Source(string connection)
    {
        try
        {
            return NpgsqlDataSource.Create(connection);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException(
                $"{WorkerSettings.Section}:{nameof(WorkerSettings.Store)} is no connection string for PostgreSQL: {error.Message}", error);
        }
    }
}
