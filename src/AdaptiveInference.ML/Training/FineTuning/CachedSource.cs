using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Training.FineTuning;

/// <summary>Images, or what the first blocks make of them once that is known.</summary>
internal sealed class CachedSource(BatchLoader images) : IBatchSource, IDisposable
{
    private FeatureCache? _cache;

    public int Batches => images.Batches;

    public int Images => images.Images;

    public bool IsCached => _cache is not null;

    /// <summary>The images themselves.</summary>
    public BatchLoader Loader => images;

    private IBatchSource Source => _cache is { } cache ? cache : images;

    public IEnumerable<IBatch> Varied(int seed, int epoch) => Source.Varied(seed, epoch);

    public IEnumerable<IBatch> Plain() => Source.Plain();

    /// <summary>Serves another cache from now on, or the images; the cache before is gone first, so that there is room.</summary>
    public void Use(Func<FeatureCache?> make)
    {
        Dispose();
        _cache = make();
    }

    public void Dispose()
    {
        _cache?.Dispose();
        _cache = null;
    }
}
