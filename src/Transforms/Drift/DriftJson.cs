using System.Text.Json;
using AdaptiveInference.ML.Transforms.Persistence;

namespace AdaptiveInference.ML.Transforms.Drift;

/// <summary>
/// Writes and reads the state of a monitor. Reading is strict: every member must be there once, of its type and in its range.
/// </summary>
internal static class DriftJson
{
    private const int Version = 1;
    private const int Members = 10;

    /// <summary>Longest text that is read: several times what is ever written.</summary>
    private const int MaximumBytes = 4096;

    /// <summary>Room for the order in which wealth was summed.</summary>
    private const double Rounding = 1 + 1e-9;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 3, AllowDuplicateProperties = false };

    public static byte[] Write(DriftState state)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", Version);
            writer.WriteNumber("allowedRate", state.Options.AllowedRate);
            writer.WriteNumber("confidence", state.Options.Confidence);
            writer.WriteNumber("share", state.Options.Share);
            writer.WriteNumber("seed", state.Options.Seed);
            writer.WriteNumber("rowsSeen", state.RowsSeen);
            writer.WriteNumber("rowsChecked", state.RowsChecked);
            writer.WriteNumber("disagreements", state.Disagreements);
            writer.WriteNumber("largestEvidence", state.Largest);
            writer.WriteStartArray("bets");
            foreach (var bet in state.Bets)
            {
                writer.WriteNumberValue(bet);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <param name="stream">Read to its end.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="FormatException">It is not what <see cref="Write"/> wrote.</exception>
    public static DriftState Read(Stream stream, string name)
    {
        try
        {
            return Read(Bytes(stream));
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new FormatException(
                $"{name} is not the state of a drift monitor: {error.Message} Start a new monitor, or take a file that DriftMonitor.Save "
                + "wrote.",
                error);
        }
    }

    private static DriftState Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Strict);
        var root = new StrictObject("It", document.RootElement, Members);
        Require(root.Integer("version") == Version, $"Its version is not {Version}, which this package reads.");
        var options = new DriftMonitorOptions
        {
            AllowedRate = root.Double("allowedRate"), Confidence = root.Double("confidence"), Share = root.Double("share"),
            Seed = root.Integer("seed"),
        };
        options.Check();
        var state = new DriftState
        {
            Options = options,
            RowsSeen = root.Long("rowsSeen"),
            RowsChecked = root.Long("rowsChecked"),
            Disagreements = root.Long("disagreements"),
            Largest = root.Double("largestEvidence"),
            Bets = root.Doubles("bets"),
        };
        Require(
            0 <= state.Disagreements && state.Disagreements <= state.RowsChecked && state.RowsChecked <= state.RowsSeen
            && state.RowsSeen < long.MaxValue / 2,
            "Its counts contradict each other.");
        Require(
            state.Largest >= 1 && double.IsFinite(state.Largest) && state.Bets.Length == OddsBets.Count
            && Array.TrueForAll(state.Bets, bet => bet is >= 0 and <= BreakEvidence.Ceiling),
            "Its evidence is not that of a monitor.");
        var evidence = new BreakEvidence(options.AllowedRate, state.RowsChecked, state.Bets, state.Largest);
        Require(
            evidence.Total <= state.Largest * Rounding
            && (state.RowsChecked > 0 || evidence.IsAtStart),
            "Its evidence is not that of its counts.");
        return state;
    }

    private static ReadOnlyMemory<byte> Bytes(Stream stream)
    {
        var bytes = new byte[MaximumBytes + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        Require(length <= MaximumBytes, $"It is longer than {MaximumBytes} bytes.");
        return bytes.AsMemory(0, length);
    }

    private static void Require(bool holds, string sentence)
    {
        if (!holds)
        {
            throw new JsonException(sentence);
        }
    }
}
