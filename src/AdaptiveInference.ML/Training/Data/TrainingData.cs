using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>All images and classes of a data set, read once.</summary>
internal sealed class TrainingData : IDisposable
{
    // Rows decoded side by side; an image of 224×224 in colour is 0.6 MB as single precision numbers.
    private const int Window = 32;

    private TrainingData(PixelStore pixels, int[] labels, (long Missing, long Unknown) skipped)
    {
        Pixels = pixels;
        Labels = labels;
        (SkippedRows, UnknownRows) = skipped;
    }

    public PixelStore Pixels { get; }

    /// <summary>Class of each image from 0.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>Group of each image, numbered from 0; null where there are none.</summary>
    public IReadOnlyList<int>? Groups { get; private init; }

    public int Count => Labels.Count;

    /// <summary>Rows left out because their label is missing.</summary>
    public long SkippedRows { get; }

    /// <summary>Rows left out because their label is none of the classes that are trained.</summary>
    public long UnknownRows { get; }

    /// <summary>Reads every row once.</summary>
    /// <exception cref="FormatException">An image cannot be read; the message names the row.</exception>
    public static TrainingData Read(
        IDataView data, LabelColumn label, ImageColumn images, string folder, Action checkAlive, GroupColumn? groups = null)
    {
        var pixels = new PixelStore(images.Shape.Size, folder);
        try
        {
            var labels = new List<int>();
            var skipped = (0L, 0L);
            var groupOf = groups is null ? null : new List<int>();
            using (var cursor = data.GetRowCursor(
                groups is null ? [label.Column, images.Column] : [label.Column, images.Column, groups.Column]))
            {
                var group = groups?.Bind(cursor);
                skipped = new Reader(label, images, pixels, labels, checkAlive)
                {
                    Read = group is null ? null : () => groupOf!.Add(group()),
                }.Run(cursor);
            }

            pixels.Complete();
            return new TrainingData(pixels, [.. labels], skipped) { Groups = groupOf };
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
    }

    public void Dispose() => Pixels.Dispose();

    private sealed class Reader(LabelColumn label, ImageColumn images, PixelStore pixels, List<int> labels, Action checkAlive)
    {
        private readonly ImageSlot[] _slots = [.. Enumerable.Range(0, Window).Select(_ => new ImageSlot())];
        private readonly float[][] _decoded = [.. Enumerable.Range(0, Window).Select(_ => new float[images.Shape.Size])];
        private readonly long[] _rows = new long[Window];
        private readonly Exception?[] _errors = new Exception?[Window];

        /// <summary>Reads what else is kept of a row.</summary>
        public Action? Read { get; init; }

        public (long Missing, long Unknown) Run(DataViewRowCursor cursor)
        {
            var (classOf, capture) = (label.Bind(cursor), images.BindCapture(cursor));
            var (missing, unknown, waiting) = (0L, 0L, 0);
            while (cursor.MoveNext())
            {
                var value = classOf();
                if (value < 0)
                {
                    missing += value == LabelColumn.Missing ? 1 : 0;
                    unknown += value == LabelColumn.Unknown ? 1 : 0;
                    continue;
                }

                labels.Add(value);
                Read?.Invoke();
                capture(_slots[waiting]);
                _rows[waiting] = cursor.Position;
                if (++waiting == Window)
                {
                    Decode(waiting);
                    waiting = 0;
                }
            }

            Decode(waiting);
            return (missing, unknown);
        }

        private void Decode(int count)
        {
            checkAlive();
            Parallel.For(0, count, i =>
            {
                try
                {
                    images.Decode(_slots[i], _decoded[i], _rows[i]);
                }
                catch (FormatException error)
                {
                    _errors[i] = error;
                }
            });

            for (var i = 0; i < count; i++)
            {
                // The first bad row in order, whichever thread met its own first.
                if (_errors[i] is { } error)
                {
                    throw error;
                }

                pixels.Append(_decoded[i]);
            }
        }
    }
}
