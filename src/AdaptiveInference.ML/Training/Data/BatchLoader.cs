using System.Buffers;
using System.Runtime.ExceptionServices;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Training.Data;

/// <summary>
/// Serves a set of images in batches. While one batch is computed on, the next is read, varied and normalised on another thread, or on
/// several where that takes long.
/// </summary>
internal sealed class BatchLoader : IBatchSource, IDisposable
{
    private readonly TrainingData _data;
    private readonly int[] _images;
    private readonly Augmenter _augmenter;
    private readonly Batch[] _buffers;
    private readonly ParallelOptions _workers;
    private readonly int _imageSize;

    /// <param name="data">All images.</param>
    /// <param name="images">Which of them to serve.</param>
    /// <param name="augmenter">How they are varied and normalised.</param>
    /// <param name="shape">Size of the images.</param>
    /// <param name="batchSize">Largest batch.</param>
    /// <param name="workers">
    /// Threads that prepare a batch; null for one, and for half of the processor's where an image takes long: the others train.
    /// </param>
    public BatchLoader(TrainingData data, int[] images, Augmenter augmenter, ImageShape shape, int batchSize, int? workers = null)
    {
        _data = data;
        _images = images;
        _augmenter = augmenter;
        _imageSize = shape.Size;
        _workers = new ParallelOptions
        {
            MaxDegreeOfParallelism = workers ?? (augmenter.IsSlow ? Math.Max(1, Environment.ProcessorCount / 2) : 1),
        };

        // Batch-norm needs two images; an odd number in batches of two ends with three.
        Batches = images.Length == 0 ? 0 : Math.Max(1, Math.Min((images.Length + batchSize - 1) / batchSize, images.Length / 2));
        var capacity = Batches == 0 ? 0 : (images.Length + Batches - 1) / Batches;
        _buffers = [.. Enumerable.Range(0, 2).Select(_ => new Batch(capacity, shape.Channels, shape.Height, shape.Width))];
    }

    /// <summary>Batches of one pass.</summary>
    public int Batches { get; }

    /// <summary>Images of one pass.</summary>
    public int Images => _images.Length;

    /// <summary>One pass in random order over varied images. End one pass before starting another.</summary>
    /// <param name="seed">Seed of the fit.</param>
    /// <param name="epoch">Number of the pass: each has its own order and its own variations.</param>
    public IEnumerable<Batch> Varied(int seed, int epoch) => Serve(new Pass(Order(seed, epoch), true, seed, epoch));

    /// <summary>One pass in the order of the data over images as they are.</summary>
    public IEnumerable<Batch> Plain() => Serve(new Pass(_images, false, 0, 0));

    IEnumerable<IBatch> IBatchSource.Varied(int seed, int epoch) => Varied(seed, epoch);

    IEnumerable<IBatch> IBatchSource.Plain() => Plain();

    /// <summary>The images in the data's own order.</summary>
    public IReadOnlyList<int> InOrder => _images;

    /// <summary>The images in the order of one varied pass.</summary>
    public int[] Order(int seed, int epoch)
    {
        var order = (int[])_images.Clone();
        RandomStream.Of(seed, RandomStream.Purpose.Order, epoch).Shuffle(order);
        return order;
    }

    /// <summary>Class of an image.</summary>
    public int LabelOf(int image) => _data.Labels[image];

    /// <summary>Where in the order of a pass a batch begins, and the one before it ends.</summary>
    public int Boundary(int number) => (int)((long)number * _images.Length / Batches);

    public void Dispose()
    {
        foreach (var buffer in _buffers)
        {
            buffer.Dispose();
        }
    }

    private IEnumerable<Batch> Serve(Pass pass)
    {
        if (Batches == 0)
        {
            yield break;
        }

        var next = Task.Run(() => Fill(0, pass));
        try
        {
            for (var number = 0; number < Batches; number++)
            {
                var batch = next.GetAwaiter().GetResult();
                if (number + 1 < Batches)
                {
                    // The consumer has come back for this batch, so it is done with the one whose buffer is filled now.
                    var following = number + 1;
                    next = Task.Run(() => Fill(following, pass));
                }

                yield return batch;
            }
        }
        finally
        {
            // The buffers may be freed only when no thread writes to them any more.
            ((IAsyncResult)next).AsyncWaitHandle.WaitOne();
        }
    }

    // Images are spread evenly: sizes differ by at most one, and no last batch is too small for batch-norm.
    private Batch Fill(int number, Pass pass)
    {
        var batch = _buffers[number % 2];
        var (first, end) = (Boundary(number), Boundary(number + 1));
        batch.Count = end - first;
        if (_workers.MaxDegreeOfParallelism == 1)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                Fill(batch, i, pass.Order[first + i], pass);
            }

            return batch;
        }

        try
        {
            Parallel.For(0, batch.Count, _workers, i => Fill(batch, i, pass.Order[first + i], pass));
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }

        return batch;
    }

    private void Fill(Batch batch, int place, int image, Pass pass)
    {
        var buffer = ArrayPool<float>.Shared.Rent(_imageSize);
        var planar = buffer.AsSpan(0, _imageSize);
        var target = batch.Pixels.Slice(place * _imageSize, _imageSize);
        _data.Pixels.Read(image, planar);
        if (pass.Varied)
        {
            _augmenter.Vary(planar, target, RandomStream.Of(pass.Seed, RandomStream.Purpose.Augmentation, pass.Epoch, image));
        }
        else
        {
            _augmenter.Plain(planar, target);
        }

        ArrayPool<float>.Shared.Return(buffer);
        batch.Labels[place] = _data.Labels[image];
    }

    private sealed record Pass(int[] Order, bool Varied, int Seed, int Epoch);
}
