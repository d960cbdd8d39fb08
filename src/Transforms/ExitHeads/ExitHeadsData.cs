using System.Runtime.ExceptionServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>What all heads read of all images, after one pass of the network over the data.</summary>
internal sealed class ExitHeadsData
{
    /// <summary>Inputs of heads that are kept, at most, in bytes.</summary>
    internal const long MaximumBytes = 8L << 30;

    // Images that are decoded and run side by side before the next are read.
    private const int Batch = 32;

    private readonly List<float[]>[] _originals;
    private readonly List<float[]>[] _mirrored;
    private readonly List<int> _labels = [];
    private readonly List<int> _groups = [];
    private readonly InferencePlan _plan;
    private readonly ScoringPolicy _policy;
    private readonly Range[] _places;
    private readonly int[] _lengths;
    private readonly bool _mirrors;
    private readonly PixelScaleWarning _scale;
    private long _bytes;

    /// <param name="plan">A network with the heads that are to be fitted.</param>
    /// <param name="policy">The setting of its gates.</param>
    /// <param name="mirrors">Whether mirror images are run as well.</param>
    public ExitHeadsData(InferencePlan plan, ScoringPolicy policy, bool mirrors)
    {
        (_plan, _policy, _mirrors, _scale) = (plan, policy, mirrors, new PixelScaleWarning(plan.Channels));
        _lengths = [.. plan.Blocks.Exits.Append(plan.Blocks.Head).Select(head => ((LinearSpec)head.Layers[0]).Inputs)];
        var end = 0;
        _places = [.. _lengths.Select(length => (end += length) is var to ? (to - length)..to : default)];
        _originals = [.. _lengths.Select(_ => new List<float[]>())];
        _mirrored = [.. _lengths.Select(_ => new List<float[]>())];
    }

    /// <summary>Class of each image.</summary>
    public int[] Labels => [.. _labels];

    /// <summary>Group of each image, numbered from 0.</summary>
    public int[] Groups => [.. _groups];

    /// <summary>Heads, the last one included.</summary>
    public int Heads => _lengths.Length;

    /// <summary>Images read.</summary>
    public int Count => _labels.Count;

    /// <summary>Rows left out because their label is missing.</summary>
    public int SkippedRows { get; private set; }

    /// <summary>Rows left out because the network is not to know their class.</summary>
    public int UnknownRows { get; private set; }

    /// <summary>Reads rows and runs the network on their images, on all cores.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="label">Their label column.</param>
    /// <param name="images">Their image column.</param>
    /// <param name="groupColumn">Column of what belongs together; null when every image is on its own.</param>
    /// <param name="read">Told how many images have been read.</param>
    /// <param name="checkAlive">Throws to cancel.</param>
    /// <exception cref="FormatException">An image cannot be used; the message names the first such row.</exception>
    /// <exception cref="ArgumentException">There are more images than memory for what the heads read of them.</exception>
    public void Read(
        IDataView data, LabelColumn label, ImageColumn images, GroupColumn? groupColumn, Action<int> read, Action checkAlive)
    {
        DataViewSchema.Column[] needed = groupColumn is null
            ? [label.Column, images.Column] : [label.Column, images.Column, groupColumn.Column];
        using var cursor = data.GetRowCursor(needed);
        var (classOf, capture, groupOf) = (label.Bind(cursor), images.BindCapture(cursor), groupColumn?.Bind(cursor));
        var rows = Enumerable.Range(0, Batch).Select(_ => new Row(_plan, _mirrors)).ToArray();
        bool more;
        do
        {
            checkAlive();
            var filled = 0;
            while (filled < Batch && cursor.MoveNext())
            {
                var own = classOf();
                if (own < 0)
                {
                    SkippedRows += own == LabelColumn.Missing ? 1 : 0;
                    UnknownRows += own == LabelColumn.Unknown ? 1 : 0;
                    continue;
                }

                capture(rows[filled].Slot);
                rows[filled].Position = cursor.Position;
                _labels.Add(own);
                _groups.Add(groupOf?.Invoke() ?? _groups.Count);
                filled++;
            }

            more = filled == Batch;

            Parallel.For(0, filled, i => rows[i].Run(images, _plan, _policy, _places));
            foreach (var row in rows.AsSpan(0, filled))
            {
                row.Error?.Throw();
                _scale.See(images, row.Pixels);
                Keep(_originals, row.Inputs[0]);
                if (_mirrors)
                {
                    Keep(_mirrored, row.Inputs[1]);
                }
            }

            read(Count);
        }
        while (more);
    }

    /// <summary>What a user should know about the rows that were read.</summary>
    /// <param name="unknown">Names of the validation set's classes that the network is not to know.</param>
    public IEnumerable<string> Warnings(IReadOnlyList<string> unknown)
    {
        if (SkippedRows > 0)
        {
            yield return $"Left out {ShareText.Count(SkippedRows, "row")} whose label is missing.";
        }

        if (UnknownRows > 0)
        {
            yield return $"Left out {ShareText.Count(UnknownRows, "row")} of the validation set, of classes that the training "
                + $"data does not have: {ClassList.Few(unknown)}.";
        }

        if (_scale.Problem is { } problem)
        {
            yield return problem;
        }
    }

    /// <summary>What one head read of all images. Given away: a second call finds nothing.</summary>
    /// <param name="head">The exits in order, then the last.</param>
    public HeadInputs Take(int head)
    {
        float[][] rows = [.. _originals[head], .. _mirrored[head]];
        (_originals[head], _mirrored[head]) = ([], []);
        return new HeadInputs(rows, _lengths[head], Count);
    }

    private void Keep(List<float[]>[] kept, float[] inputs)
    {
        for (var head = 0; head < _lengths.Length; head++)
        {
            var row = new float[LogisticRegression.Padded(_lengths[head])];
            inputs.AsSpan(_places[head]).CopyTo(row);
            kept[head].Add(row);
            _bytes += sizeof(float) * (long)row.Length;
        }

        if (_bytes > MaximumBytes)
        {
            var each = sizeof(float) * (long)inputs.Length;
            throw new ArgumentException(
                FormattableString.Invariant($"The heads read {each} bytes of each image, and those of the first {Count} images take more ")
                + $"than the {MaximumBytes >> 30} GiB that are kept in memory. Give fewer rows, set fewer exits in AfterBlocks, set Head "
                + "to HeadKind.Pooled, or train with Trainers.ResNet and Exits.");
        }
    }

    /// <summary>One row's way from the file to what the heads read.</summary>
    private sealed class Row(InferencePlan plan, bool mirrors)
    {
        private readonly float[] _pixels = new float[plan.Blocks.Spec.Image.Size];
        private readonly ExecutionTrace _trace = new(plan.Blocks.Blocks.Count);

        public ImageSlot Slot { get; } = new();

        public long Position { get; set; }

        public ReadOnlySpan<float> Pixels => _pixels;

        public float[][] Inputs { get; private set; } = [];

        public ExceptionDispatchInfo? Error { get; private set; }

        public void Run(ImageColumn images, InferencePlan network, ScoringPolicy policy, Range[] places)
        {
            try
            {
                images.Decode(Slot, _pixels, Position);
                Inputs = [Of(images, network, policy, places)];
                if (mirrors)
                {
                    Mirror(_pixels, network.Blocks.Spec.Image.Width);
                    Inputs = [Inputs[0], Of(images, network, policy, places)];
                }
            }
            catch (FormatException error)
            {
                Error = ExceptionDispatchInfo.Capture(error);
            }
        }

        private static void Mirror(Span<float> pixels, int width)
        {
            for (; pixels.Length > 0; pixels = pixels[width..])
            {
                pixels[..width].Reverse();
            }
        }

        private float[] Of(ImageColumn images, InferencePlan network, ScoringPolicy policy, Range[] places)
        {
            var inputs = new float[places[^1].End.Value];
            network.HeadInputs(_pixels, policy, places, inputs, _trace);
            return _trace.IsFinite ? inputs : throw images.Bad(Position, NoFiniteAnswer.Describe(_pixels, network.Channels));
        }
    }
}
