using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import.Hostile;

/// <summary>Imports any file as a network and scores an image with it.</summary>
internal sealed class HostileOnnxTrial : IDisposable
{
    // A path, and a sentence behind it.
    private const int LongestMessage = 1000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    /// <summary>Tries a file.</summary>
    /// <returns>What came of it, and the message or what is wrong.</returns>
    public (HostileOutcome Outcome, string Message) Run(byte[] file)
    {
        var path = Path.Combine(_folder.FullName, "network.onnx");
        File.WriteAllBytes(path, file);
        var context = new MLContext(1);
        GatedResNetTransformer network;
        try
        {
            network = context.Model.ImportOnnx(path);
        }
        catch (Exception error)
        {
            return Judge(error, error.GetType() == typeof(ArgumentException) || error is NetworkTooLargeException);
        }

        using (network)
        {
            try
            {
                return Score(context, network);
            }
            catch (Exception error)
            {
                return Judge(error, isClear: false);
            }
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private (HostileOutcome Outcome, string Message) Judge(Exception error, bool isClear)
    {
        var cause = error;
        while (cause is not FormatException && cause.InnerException is not null)
        {
            cause = cause.InnerException;
        }

        var message = (isClear ? error : cause).Message.Replace(_folder.FullName, "", StringComparison.Ordinal);
        return !isClear && cause is not FormatException ? (HostileOutcome.Fault, error.ToString())
            : message.Length > LongestMessage
                ? (HostileOutcome.Fault, $"a refusal of {message.Length} characters: {message[..LongestMessage]}")
            : message.Any(char.IsControl) || !message.EndsWith('.') ? (HostileOutcome.Fault, "no sentence: " + message)
            : (HostileOutcome.Refused, message);
    }

    private static (HostileOutcome Outcome, string Message) Score(MLContext context, GatedResNetTransformer network)
    {
        var row = new Row { Pixels = new float[network.ImageShape.Size] };
        for (var i = 0; i < row.Pixels.Length; i++)
        {
            row.Pixels[i] = i * 37L % 256;
        }

        var definition = SchemaDefinition.Create(typeof(Row));
        var pixels = definition[nameof(Row.Pixels)];
        pixels.ColumnName = network.Columns.Features;
        pixels.ColumnType = new VectorDataViewType(NumberDataViewType.Single, row.Pixels.Length);
        var scored = network.Transform(context.Data.LoadFromEnumerable([row], definition));
        var probabilities = scored.GetColumn<float[]>(network.Columns.Score).Single();
        return probabilities.Length == network.ClassNames.Count && probabilities.All(float.IsFinite)
            ? (HostileOutcome.Scored, "")
            : (HostileOutcome.Fault, "a probability is not finite");
    }

    private sealed class Row
    {
        public float[] Pixels { get; set; } = [];
    }
}
