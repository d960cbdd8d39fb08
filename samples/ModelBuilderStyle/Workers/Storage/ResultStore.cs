using System.Data.Common;
using System.Globalization;

namespace ModelBuilderStyle.Workers.Storage;

/// <summary>
/// Results in a database: one row for each image and model, whoever scores it and however often; and one for each name under which an image
/// came.
/// </summary>
/// <param name="source">Where connections come from.</param>
/// <param name="prepare">Statements that make the tables where they are not there.</param>
internal sealed class ResultStore(DbDataSource source, IReadOnlyList<string> prepare) : IAsyncDisposable
{
    /// <summary>Most results written at once: more parameters than these need are taken by both databases.</summary>
    public const int MostAtOnce = 500;

    private const string Columns = "image, model, label, probability, compute_fraction, step, scored_at";

    /// <summary>The store that a setting names.</summary>
    public static ResultStore Of(string setting)
        => setting.Contains("Host=", StringComparison.OrdinalIgnoreCase) ? Postgres.Open(setting) : Sqlite.Open(setting);

    /// <summary>Makes the tables where they are not there.</summary>
    /// <exception cref="DbException">The database cannot be used.</exception>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        foreach (var statement in prepare)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = statement;
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>Writes results in one transaction; those that are there already stay as they are.</summary>
    /// <param name="results">At most <see cref="MostAtOnce"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What is in the store for each, in the same order.</returns>
    /// <exception cref="DbException">They could not be written, none of them.</exception>
    public async Task<IReadOnlyList<StoredResult>> WriteAsync(IReadOnlyList<StoredResult> results, CancellationToken cancellation)
    {
        // In one order, so that two workers that write the same images do not wait for each other.
        var rows = results.DistinctBy(result => (result.Image, result.Model)).OrderBy(result => (result.Image, result.Model)).ToArray();
        var sources = results.Select(result => (result.Source, result.Image)).Distinct().Order().ToArray();
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var insert = connection.CreateCommand())
        {
            insert.Transaction = transaction;
            insert.CommandText = $"INSERT INTO results ({Columns}) VALUES {Rows(insert, rows, ValuesOf)} ON CONFLICT DO NOTHING";
            await insert.ExecuteNonQueryAsync(cancellation);
        }

        await using (var insert = connection.CreateCommand())
        {
            insert.Transaction = transaction;
            insert.CommandText = "INSERT INTO sources (source, image) VALUES "
                + Rows(insert, sources, pair => [pair.Source, pair.Image]) + " ON CONFLICT DO NOTHING";
            await insert.ExecuteNonQueryAsync(cancellation);
        }

        var stored = await FindAsync(connection, transaction, rows, cancellation);
        await transaction.CommitAsync(cancellation);
        return [.. results.Select(result => stored[(result.Image, result.Model)] with { Source = result.Source })];
    }

    /// <summary>The result of an image, if there is one.</summary>
    /// <exception cref="DbException">The database does not answer.</exception>
    public async Task<StoredResult?> FindAsync(string image, string model, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var wanted = new StoredResult(image, model, "", 0, 0, 0, default, "");
        return (await FindAsync(connection, null, [wanted], cancellation)).GetValueOrDefault((image, model));
    }

    /// <summary>How many images have a result with a model.</summary>
    /// <exception cref="DbException">The database does not answer.</exception>
    public async Task<long> CountAsync(string model, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM results WHERE model = {Add(command, model)}";
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellation), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static async Task<Dictionary<(string Image, string Model), StoredResult>> FindAsync(
        DbConnection connection, DbTransaction? transaction, IReadOnlyList<StoredResult> wanted, CancellationToken cancellation)
    {
        await using var select = connection.CreateCommand();
        select.Transaction = transaction;
        var keys = Rows(select, wanted, result => [result.Image, result.Model]);
        select.CommandText = $"SELECT {Columns} FROM results WHERE (image, model) IN (VALUES {keys})";
        var found = new Dictionary<(string Image, string Model), StoredResult>();
        await using var reader = await select.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var result = new StoredResult(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFloat(3), reader.GetFloat(4), reader.GetInt32(5),
                DateTimeOffset.Parse(reader.GetString(6), CultureInfo.InvariantCulture), "");
            found[(result.Image, result.Model)] = result;
        }

        return found;
    }

    private static object[] ValuesOf(StoredResult result) =>
    [
        result.Image, result.Model, result.Label, result.Probability, result.ComputeFraction, result.Step,
        result.ScoredAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
    ];

    private static string Rows<T>(DbCommand command, IEnumerable<T> rows, Func<T, object[]> valuesOf)
        => string.Join(", ", rows.Select(row => $"({string.Join(", ", valuesOf(row).Select(value => Add(command, value)))})"));

    private static string Add(DbCommand command, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = $"@p{command.Parameters.Count}";
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter.ParameterName;
    }
}
