using System.Collections.Concurrent;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Budget;

/// <summary>The images by which thresholds are chosen, decoded, and the network to run them through.</summary>
internal sealed class ComputeBudgetImages
{
    /// <summary>Pixel values kept, at most: 256 MiB. Of more images a random part is kept.</summary>
    internal const long MaximumValues = 64L << 20;

    private readonly ImageColumn _column;
    private readonly List<float[]> _pixels;
    private readonly List<long> _rows;

    /// <summary>Images that are decoded already.</summary>
    /// <param name="plan">The network to run them through.</param>
    /// <param name="unit">In which costs are counted.</param>
    /// <param name="column">Where they come from, for messages.</param>
    /// <param name="pixels">Pixels of each.</param>
    /// <param name="rows">Row of each, for messages.</param>
    public ComputeBudgetImages(InferencePlan plan, CostUnit unit, ImageColumn column, List<float[]> pixels, List<long> rows)
        => (Plan, Unit, _column, _pixels, _rows) = (plan, unit, column, pixels, rows);

    public InferencePlan Plan { get; }

    /// <summary>In which costs of images are counted: multiply–accumulates unless <see cref="In"/> says otherwise.</summary>
    public CostUnit Unit { get; }

    public int Count => _pixels.Count;

    /// <summary>Class of each image; null where there are no labels.</summary>
    public IReadOnlyList<int>? Labels { get; private init; }

    /// <summary>Rows of the data that were left out because they have no label of the network's.</summary>
    public long LeftOut { get; private init; }

    /// <summary>Whether classes were matched by their position.</summary>
    public bool LabelsByPosition { get; private init; }

    /// <summary>Some of the images.</summary>
    public ComputeBudgetImages Some(Func<int, bool> isWanted)
    {
        var wanted = Enumerable.Range(0, Count).Where(isWanted).ToList();
        return new ComputeBudgetImages(
            Plan, Unit, _column, wanted.ConvertAll(image => _pixels[image]), wanted.ConvertAll(image => _rows[image]))
        {
            Labels = Labels is null ? null : wanted.ConvertAll(image => Labels[image]),
        };
    }

    /// <summary>Reads the data once.</summary>
    /// <param name="model">The model that is to score them.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="features">Name of the image column.</param>
    /// <param name="data">The images.</param>
    /// <param name="labelName">Name of the label column; null reads none. Rows without a label of the network's are left out.</param>
    /// <exception cref="ArgumentException">There are no rows, or none with a label.</exception>
    public static ComputeBudgetImages Read(
        GatedResNetModel model, InferencePlan plan, string features, IDataView data, string? labelName = null)
    {
        var label = labelName is null ? null : LabelColumn.OfCalibration(data, labelName, model.Classes, ColumnRole.BudgetLabel);
        var column = ImageColumn.ForModel(data.Schema, features, model, ColumnRole.CalibrationData);
        column.CheckScale(model.Channels);
        var capacity = (int)Math.Max(1, MaximumValues / column.Shape.Size);
        var (pixels, rows, slot, random) = (new List<float[]>(), new List<long>(), new ImageSlot(), new Random(1));
        DataViewSchema.Column?[] columns = [column.Column, label?.Column];
        using var cursor = data.GetRowCursor(columns.OfType<DataViewSchema.Column>());
        var (capture, labels, leftOut) = (column.BindCapture(cursor), new List<int>(), 0L);
        var labelOf = label?.Bind(cursor);
        var row = 0L;
        while (cursor.MoveNext())
        {
            var known = labelOf?.Invoke() ?? 0;
            if (known < 0)
            {
                leftOut++;
                continue;
            }

            // Reservoir sampling (Vitter 1985, algorithm R): every row is kept with the same probability.
            var place = row < capacity ? row : random.NextInt64(row + 1);
            row++;
            if (place >= capacity)
            {
                continue;
            }

            if (place == pixels.Count)
            {
                pixels.Add(new float[column.Shape.Size]);
                rows.Add(0);
                labels.Add(0);
            }

            capture(slot);
            column.Decode(slot, pixels[(int)place], cursor.Position);
            rows[(int)place] = cursor.Position;
            labels[(int)place] = known;
        }

        return pixels.Count > 0
            ? new ComputeBudgetImages(plan, CostUnit.Macs(plan.Cost), column, pixels, rows)
            {
                Labels = label is null ? null : labels, LeftOut = leftOut, LabelsByPosition = label?.IsByPosition ?? false,
            }
            : throw new ArgumentException(
                leftOut == 0 ? "Calibration data has no rows."
                    : $"Calibration data has {leftOut} rows, none of which has a label of the network's in column '{labelName}'.",
                "calibrationData");
    }

    /// <summary>Row of the data that an image is from.</summary>
    public long RowOf(int image) => _rows[image];

    /// <summary>What a user should know about the pixels of the first images; null if nothing.</summary>
    public string? ScaleProblem()
    {
        var scale = new PixelScaleWarning(Plan.Channels);
        foreach (var pixels in _pixels)
        {
            scale.See(_column, pixels);
        }

        return scale.Problem;
    }

    /// <summary>The same images with costs counted in another unit.</summary>
    public ComputeBudgetImages In(CostUnit unit) => new(Plan, unit, _column, _pixels, _rows)
    {
        Labels = Labels, LeftOut = LeftOut, LabelsByPosition = LabelsByPosition,
    };

    /// <summary>The same images for another plan of the same network.</summary>
    public ComputeBudgetImages Through(InferencePlan plan) => new(plan, Unit, _column, _pixels, _rows);

    /// <summary>Pixels of a few of the images, at most so many.</summary>
    public IReadOnlyList<float[]> Some(int most) => _pixels[..Math.Min(most, _pixels.Count)];

    /// <summary>Runs every image, on all cores.</summary>
    /// <param name="policy">Thresholds of gates and exits.</param>
    /// <param name="read">
    /// Called for each image with its number, class probabilities and trace, which are overwritten afterwards. Called from many threads.
    /// </param>
    /// <param name="features">Room for the features of the head that answers; 0 where nobody asks for them.</param>
    /// <exception cref="FormatException">An image overflows in the network; the message names the first such row.</exception>
    public void Run(ScoringPolicy policy, Action<int, float[], ExecutionTrace> read, int features = 0)
    {
        var classes = Plan.Blocks.Spec.Classes;
        Run(
            () => (new float[classes], new ExecutionTrace(Plan.Blocks.Blocks.Count, features)),
            (image, local) => Plan.Run(image, policy, local.Values, local.Trace),
            read);
    }

    /// <summary>
    /// Computes the features that every head reads of every image, on all cores; see <see cref="InferencePlan.HeadFeatures"/>.
    /// </summary>
    /// <param name="policy">Threshold of gates.</param>
    /// <returns>For each image the means of channels, one head after another.</returns>
    /// <exception cref="FormatException">An image overflows in the network; the message names the first such row.</exception>
    public float[][] HeadFeatures(ScoringPolicy policy)
    {
        var (channels, all) = (Plan.Blocks.HeadChannels.Sum(), new float[Count][]);
        Run(
            () => (new float[channels], new ExecutionTrace(Plan.Blocks.Blocks.Count)),
            (image, local) => Plan.HeadFeatures(image, policy, local.Values, local.Trace),
            (image, features, _) => all[image] = [.. features]);
        return all;
    }

    /// <summary>
    /// Shows what every convolution of a block reads of every image, on all cores; see <see cref="InferencePlan.Observe"/>.
    /// </summary>
    /// <param name="policy">Threshold of gates.</param>
    /// <param name="observer">Gives what is shown the maps of an image; called for each image, from many threads.</param>
    /// <exception cref="FormatException">An image overflows in the network; the message names the first such row.</exception>
    public void Observe(ScoringPolicy policy, Func<ExecutionTrace, MapObserver> observer)
        => Run(
            () => ([], new ExecutionTrace(Plan.Blocks.Blocks.Count)),
            (image, local) => Plan.Observe(image, policy, local.Trace, observer(local.Trace)),
            (_, _, _) => { });

    private void Run(
        Func<(float[] Values, ExecutionTrace Trace)> start,
        Action<float[], (float[] Values, ExecutionTrace Trace)> run,
        Action<int, float[], ExecutionTrace> read)
    {
        var overflows = new ConcurrentBag<int>();
        Parallel.For(
            0, Count,
            start,
            (image, _, local) =>
            {
                run(_pixels[image], local);
                if (local.Trace.IsFinite)
                {
                    read(image, local.Values, local.Trace);
                }
                else
                {
                    overflows.Add(image);
                }

                return local;
            },
            _ => { });
        if (!overflows.IsEmpty)
        {
            var first = overflows.MinBy(image => _rows[image]);
            throw _column.Bad(_rows[first], NoFiniteAnswer.Describe(_pixels[first], Plan.Channels));
        }
    }
}
