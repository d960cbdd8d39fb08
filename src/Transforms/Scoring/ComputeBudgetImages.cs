using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>The images by which thresholds are chosen, decoded, and the network to run them through.</summary>
internal sealed class ComputeBudgetImages
{
    /// <summary>Pixel values kept, at most: 256 MiB. Of more images a random part is kept.</summary>
    private const long MaximumValues = 64L << 20;

    private readonly List<float[]> _pixels;

    private ComputeBudgetImages(InferencePlan plan, List<float[]> pixels) => (Plan, _pixels) = (plan, pixels);

    public InferencePlan Plan { get; }

    public int Count => _pixels.Count;

    /// <summary>Reads the data once.</summary>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static ComputeBudgetImages Read(GatedResNetTransformer transformer, IDataView data)
    {
        var column = ImageColumn.Of(data.Schema, transformer.Columns.Features, transformer.ImageShape, transformer.Model.FlatLayout);
        var capacity = (int)Math.Max(1, MaximumValues / column.Shape.Size);
        var (pixels, slot, random) = (new List<float[]>(), new ImageSlot(), new Random(1));
        using var cursor = data.GetRowCursor([column.Column]);
        var capture = column.BindCapture(cursor);
        for (var row = 0L; cursor.MoveNext(); row++)
        {
            // Reservoir sampling (Vitter 1985, algorithm R): every row is kept with the same probability.
            var place = row < capacity ? row : random.NextInt64(row + 1);
            if (place >= capacity)
            {
                continue;
            }

            if (place == pixels.Count)
            {
                pixels.Add(new float[column.Shape.Size]);
            }

            capture(slot);
            column.Decode(slot, pixels[(int)place], cursor.Position);
        }

        return pixels.Count > 0
            ? new ComputeBudgetImages(transformer.Plan, pixels)
            : throw new ArgumentException("Calibration data has no rows.", "calibrationData");
    }

    /// <summary>Runs every image, on all cores.</summary>
    /// <param name="policy">Thresholds of gates and exits.</param>
    /// <param name="read">Told of each image: its number, class probabilities and trace, which are overwritten afterwards. Called from many threads.</param>
    public void Run(ScoringPolicy policy, Action<int, float[], ExecutionTrace> read)
        => Parallel.For(
            0, Count,
            () => (Probabilities: new float[Plan.Blocks.Spec.Classes], Trace: new ExecutionTrace(Plan.Blocks.Blocks.Count)),
            (image, _, local) =>
            {
                Plan.Run(_pixels[image], policy, local.Probabilities, local.Trace);
                read(image, local.Probabilities, local.Trace);
                return local;
            },
            _ => { });
}
