using System.Runtime.InteropServices;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.FineTuning;

/// <summary>
/// What the first blocks make of every image, computed once and then served in the order and the batches in which the images themselves
/// would be: in memory up to the limit of pixels, beyond it in a temporary file.
/// </summary>
internal sealed class FeatureCache : IBatchSource, IDisposable
{
    /// <summary>Bytes of features kept in memory; what goes beyond is in a temporary file.</summary>
    public const long MemoryLimit = 512L << 20;

    /// <summary>Bytes in memory and on disk together; what would take more is computed again in every epoch.</summary>
    public const long MostBytes = 4L << 30;

    private readonly BatchLoader _images;
    private readonly RecordStore _records;
    private readonly FeatureLayout _layout;
    private readonly Dictionary<int, int> _places;
    private readonly bool _mirrors;
    private readonly CachedBatch _batch;

    private FeatureCache(BatchLoader images, RecordStore records, FeatureLayout layout, bool mirrors)
    {
        (_images, _records, _layout, _mirrors) = (images, records, layout, mirrors);
        _places = images.InOrder.Select((image, place) => (image, place)).ToDictionary(pair => pair.image, pair => pair.place);
        _batch = new CachedBatch(layout, ((images.Images - 1) / images.Batches) + 1);
    }

    public int Batches => _images.Batches;

    public int Images => _images.Images;

    public bool IsOnDisk => _records.IsOnDisk;

    /// <summary>Computes what is kept.</summary>
    /// <param name="images">The images, at least one.</param>
    /// <param name="mirrors">Whether mirrored images are among the varied ones, and nothing else is; without it none are varied.</param>
    /// <param name="compute">The first blocks.</param>
    /// <param name="device">Where they compute.</param>
    /// <param name="folder">Folder of the temporary file.</param>
    /// <param name="step">Told after every batch how many are done; may throw to give up.</param>
    /// <param name="memoryLimit">Bytes to keep in memory.</param>
    /// <param name="mostBytes">Bytes to keep in all.</param>
    /// <returns>Null where it would take more.</returns>
    public static FeatureCache? Fill(
        BatchLoader images, bool mirrors, Func<Tensor, NetworkInput> compute, Device device, string folder, Action<int> step,
        long memoryLimit = MemoryLimit, long mostBytes = MostBytes)
    {
        FeatureLayout? layout = null;
        RecordStore? records = null;
        try
        {
            var done = 0;
            foreach (var batch in images.Plain())
            {
                using var scope = torch.NewDisposeScope();
                using var noGradient = torch.no_grad();
                var pixels = batch.ImagesOn(device);
                var plain = compute(pixels);
                layout ??= FeatureLayout.Of(plain);
                if ((long)layout.Values * sizeof(float) * images.Images * (mirrors ? 2 : 1) > mostBytes)
                {
                    return null;
                }

                records ??= new RecordStore(layout.Values * sizeof(float), memoryLimit, folder);
                var rows = FeatureLayout.Rows(plain);
                rows = mirrors ? stack([rows, FeatureLayout.Rows(compute(pixels.flip(3)))], 1).flatten(0, 1).contiguous() : rows;
                var bytes = rows.bytes;
                for (var row = 0; row < rows.shape[0]; row++)
                {
                    records.Append(bytes.Slice(row * records.RecordBytes, records.RecordBytes));
                }

                step(++done);
            }

            records!.Complete();
            return new FeatureCache(images, records, layout!, mirrors);
        }
        catch
        {
            records?.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public IEnumerable<IBatch> Varied(int seed, int epoch) => Serve(
        _images.Order(seed, epoch),
        image => _mirrors && RandomStream.Of(seed, RandomStream.Purpose.Augmentation, epoch, image).Next(2) == 1);

    /// <inheritdoc />
    public IEnumerable<IBatch> Plain() => Serve(_images.InOrder, _ => false);

    public void Dispose()
    {
        _batch.Dispose();
        _records.Dispose();
    }

    // A mirror is drawn as Augmenter draws it, so that an epoch sees the same images with the cache and without.
    private IEnumerable<IBatch> Serve(IReadOnlyList<int> order, Func<int, bool> isMirrored)
    {
        for (var number = 0; number < Batches; number++)
        {
            var (first, end) = (_images.Boundary(number), _images.Boundary(number + 1));
            _batch.Count = end - first;
            for (var i = 0; i < _batch.Count; i++)
            {
                var image = order[first + i];
                var version = isMirrored(image) ? 1 : 0;
                _records.Read((_places[image] * (_mirrors ? 2 : 1)) + version, _batch.Row(i));
                _batch.Labels[i] = _images.LabelOf(image);
            }

            yield return _batch;
        }
    }

    private sealed class CachedBatch(FeatureLayout layout, int capacity) : IBatch, IDisposable
    {
        private readonly Tensor _rows = torch.empty([capacity, layout.Values], dtype: ScalarType.Float32).DetachFromDisposeScope();
        private readonly Tensor _labels = torch.empty([capacity], dtype: ScalarType.Int64).DetachFromDisposeScope();

        public int Count { get; set; }

        public Span<long> Labels => MemoryMarshal.Cast<byte, long>(_labels.bytes);

        public Span<byte> Row(int row) => _rows.bytes.Slice(row * layout.Values * sizeof(float), layout.Values * sizeof(float));

        public NetworkInput InputOn(Device device) => layout.Read(_rows.narrow(0, 0, Count).to(device));

        public Tensor LabelsOn(Device device) => _labels.narrow(0, 0, Count).to(device);

        public void Dispose()
        {
            _rows.Dispose();
            _labels.Dispose();
        }
    }
}
