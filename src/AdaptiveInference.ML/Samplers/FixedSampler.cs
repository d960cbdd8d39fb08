using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>
/// Decisions given from outside, whatever the gates say: all open, for a stage that trains the whole backbone, or a pattern, for
/// controls such as one path for all images or paths shuffled among them.
/// </summary>
internal sealed class FixedSampler : IGateSampler
{
    private readonly bool[,] _open;

    /// <param name="open">[image, block] for a pattern per image, or one row for all images. Gates of blocks beyond it are open.</param>
    public FixedSampler(bool[,] open) => _open = open;

    /// <summary>Every block runs for every image.</summary>
    public static FixedSampler AllOpen { get; } = new(new bool[1, 0]);

    public GateSample Sample(GateQuery query)
        => new((Pattern(query.Block, query.Logit.shape[0]) ?? ones(query.Logit.shape[0])).to(query.Logit.device));

    public Tensor? Mask(int block, long images, Device device) => Pattern(block, images)?.to(device);

    private Tensor? Pattern(int block, long images)
    {
        if (block >= _open.GetLength(1))
        {
            return null;
        }

        var rows = _open.GetLength(0);
        if (rows != 1 && rows != images)
        {
            throw new ArgumentException($"The gate pattern has {rows} rows, but the batch has {images} images.");
        }

        var column = new float[images];
        for (var image = 0; image < images; image++)
        {
            column[image] = _open[rows == 1 ? 0 : image, block] ? 1 : 0;
        }

        return tensor(column);
    }
}
