using System.Security.Cryptography;
using System.Text;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Persistence;

namespace AdaptiveInference.ML.Transforms.Tests.Persistence.Hostile;

/// <summary>A stored tensor with what the file says of it, which need not be true.</summary>
internal sealed class StoredTensor(string name, int claimedLength, float[] values)
{
    public string Name { get; set; } = name;

    public int ClaimedLength { get; set; } = claimedLength;

    public float[] Values { get; set; } = values;
}

/// <summary>
/// The body of a model file taken apart: everything may be changed, and the checksum is made right again when it is written.
/// </summary>
internal sealed class ModelParts
{
    public required byte[] Manifest { get; set; }

    public required List<StoredTensor> Tensors { get; init; }

    public int? ClaimedCount { get; set; }

    public int? ClaimedManifestLength { get; set; }

    public bool WrongHash { get; set; }

    public static ModelParts Of(GatedResNetModel model, ScoringColumns columns) => new()
    {
        Manifest = ManifestJson.Write(ModelManifest.Of(model, columns)),
        Tensors =
        [
            .. model.Weights.Layout
                .Select(tensor => new StoredTensor(tensor.Name, tensor.Length, model.Weights[tensor.Name].ToArray())),
            .. model.Channels.MeanImage is { Values: var means }
                ? [new StoredTensor("mean_image", means.Length, means.ToArray())]
                : (StoredTensor[])[],
            .. ManifestDistances.Tensors(model.Distances)
                .Select(tensor => new StoredTensor(tensor.Name, tensor.Values.Length, [.. tensor.Values])),
            .. model.Int8 is { Values: var ranges, Set.Values: var set, Biases.Values: var biases }
                ? [
                    new StoredTensor(ManifestInt8.Tensor, ranges.Length, ranges.ToArray()),
                    new StoredTensor(ManifestInt8.SetTensor, set.Length, set.ToArray()),
                    new StoredTensor(ManifestInt8.BiasTensor, biases.Length, biases.ToArray()),
                ]
                : (StoredTensor[])[],
        ],
    };

    /// <summary>
    /// Gives the parts the tensors of the network that the manifest describes, if it does; values are kept where they fit.
    /// </summary>
    /// <param name="fill">Value of new weights; new scales and variances are 1.</param>
    /// <param name="most">Leaves the tensors alone where there would be more weights than this.</param>
    public void FitTensors(float fill, long most)
    {
        IReadOnlyList<TensorSpec> layout;
        try
        {
            layout = WeightLayout.Of(ManifestJson.Read(Manifest).ToBlocks());
        }
        catch (Exception error) when (error is FormatException or ArgumentException or System.Text.Json.JsonException or OverflowException)
        {
            return;
        }

        if (layout.Sum(tensor => (long)tensor.Length) > most)
        {
            return;
        }

        var old = Tensors.GroupBy(tensor => tensor.Name).ToDictionary(group => group.Key, group => group.First().Values);
        Tensors.Clear();
        foreach (var tensor in layout)
        {
            var values = old.TryGetValue(tensor.Name, out var kept) && kept.Length == tensor.Length ? kept : new float[tensor.Length];
            if (values != kept)
            {
                Array.Fill(values, tensor.Shape.Count == 1 && !tensor.Name.EndsWith("mean", StringComparison.Ordinal) ? 1 : fill);
            }

            Tensors.Add(new StoredTensor(tensor.Name, tensor.Length, values));
        }
    }

    /// <summary>The body of a model file.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(ClaimedManifestLength ?? Manifest.Length);
        writer.Write(Manifest);
        writer.Write(ClaimedCount ?? Tensors.Count);
        foreach (var tensor in Tensors)
        {
            var name = Encoding.UTF8.GetBytes(tensor.Name);
            writer.Write(name.Length);
            writer.Write(name);
            writer.Write(tensor.ClaimedLength);
            writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(tensor.Values));
        }

        writer.Flush();
        var hash = SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        hash[0] ^= (byte)(WrongHash ? 1 : 0);
        writer.Write(hash);
        writer.Flush();
        return stream.ToArray();
    }
}
