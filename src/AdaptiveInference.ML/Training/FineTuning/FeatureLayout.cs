using AdaptiveInference.ML.Networks;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.FineTuning;

/// <summary>How what the first blocks make of an image lies in a row of numbers: map, what heads read, gates' logits, teacher.</summary>
internal sealed class FeatureLayout
{
    private readonly int _blocksDone;
    private readonly long[]? _map;
    private readonly long[] _headInputs;
    private readonly int _gates;
    private readonly long _teacher;

    private FeatureLayout(NetworkInput example)
    {
        _blocksDone = example.BlocksDone;

        // Channels of one pixel side by side, the order in which the next convolution reads them.
        _map = example.Map is { } map ? [map.shape[2], map.shape[3], map.shape[1]] : null;
        _headInputs = [.. example.HeadInputs.Select(values => values.shape[1])];
        _gates = example.GateLogits.Count;
        _teacher = example.TeacherLogits?.shape[1] ?? 0;
        Values = checked((int)(Product(_map) + _headInputs.Sum() + _gates + _teacher));
    }

    /// <summary>Numbers of one image.</summary>
    public int Values { get; }

    public static FeatureLayout Of(NetworkInput example) => new(example);

    /// <summary>One row for each image, on the CPU. (N, <see cref="Values"/>)</summary>
    public static Tensor Rows(NetworkInput input)
    {
        var parts = new List<Tensor>();
        if (input.Map is { } map)
        {
            parts.Add(map.permute(0, 2, 3, 1).flatten(1));
        }

        parts.AddRange(input.HeadInputs);
        parts.AddRange(input.GateLogits.Select(logit => logit.unsqueeze(1)));
        if (input.TeacherLogits is { } teacher)
        {
            parts.Add(teacher);
        }

        return cat([.. parts.Select(part => part.to(ScalarType.Float32))], 1).cpu().contiguous();
    }

    /// <summary>The other way round.</summary>
    public NetworkInput Read(Tensor rows)
    {
        var offset = 0L;
        return new NetworkInput
        {
            BlocksDone = _blocksDone,
            Map = _map is { } map ? Next(Product(map)).view(-1, map[0], map[1], map[2]).permute(0, 3, 1, 2) : null,
            HeadInputs = [.. _headInputs.Select(Next)],
            GateLogits = [.. Enumerable.Range(0, _gates).Select(_ => Next(1).squeeze(1))],
            TeacherLogits = _teacher == 0 ? null : Next(_teacher),
        };

        Tensor Next(long length)
        {
            var part = rows.narrow(1, offset, length).contiguous();
            offset += length;
            return part;
        }
    }

    private static long Product(long[]? shape) => shape?.Aggregate(1L, (product, size) => product * size) ?? 0;
}
