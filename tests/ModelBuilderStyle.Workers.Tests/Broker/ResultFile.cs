using Microsoft.Data.Sqlite;

namespace ModelBuilderStyle.Workers.Tests.Broker;

/// <summary>What is in a file of results, read without the program's own code.</summary>
internal static class ResultFile
{
    /// <summary>Rows so far; 0 when the file or the table is not there yet.</summary>
    public static long Count(string file)
    {
        try
        {
            return File.Exists(file) ? (long)Read(file, "SELECT COUNT(*) FROM results", row => row.GetInt64(0)).Single() : 0;
        }
        catch (SqliteException)
        {
            return 0;
        }
    }

    /// <summary>For each image what was found, without when; a duplicate would be there twice.</summary>
    public static string[] Results(string file) => Read(
        file, "SELECT image, model, label, probability, compute_fraction, step FROM results ORDER BY 1, 2",
        row => FormattableString.Invariant(
            $"{row.GetString(0)} {row.GetString(1)} {row.GetString(2)} {row.GetDouble(3):R} {row.GetDouble(4):R} {row.GetInt64(5)}"));

    /// <summary>Every path with its image.</summary>
    public static string[] Sources(string file)
        => Read(file, "SELECT source, image FROM sources ORDER BY 1, 2", row => $"{row.GetString(0)} {row.GetString(1)}");

    /// <summary>When each was scored, in order.</summary>
    public static DateTimeOffset[] Times(string file) => Read(
        file, "SELECT scored_at FROM results ORDER BY 1",
        row => DateTimeOffset.Parse(row.GetString(0), System.Globalization.CultureInfo.InvariantCulture));

    private static T[] Read<T>(string file, string query, Func<SqliteDataReader, T> read)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return [.. rows];
    }
}
