namespace AdaptiveInference.ML.Training.Loop;

/// <summary>Estimates how long the epochs to come take: as long as the one at hand, with the last evaluation after each.</summary>
/// <param name="epochs">Epochs of all stages.</param>
internal sealed class TimeLeft(int epochs)
{
    /// <summary>Steps before there is an estimate: the first one also waits for images, and takes memory.</summary>
    public const int FewestSteps = 3;

    private TimeSpan _first;
    private TimeSpan _evaluation;

    /// <summary>Takes note of an evaluation.</summary>
    public void Evaluated(TimeSpan time) => _evaluation = time;

    /// <summary>The estimate; null after too few steps of an epoch.</summary>
    /// <param name="epoch">The epoch from 1, counted through all stages.</param>
    /// <param name="batch">Batches done in it.</param>
    /// <param name="batches">Batches of each epoch.</param>
    /// <param name="time">Time of these batches.</param>
    public TimeSpan? After(int epoch, int batch, int batches, TimeSpan time)
    {
        _first = batch == 1 ? time : _first;
        if (batch < FewestSteps && batch < batches)
        {
            return null;
        }

        var step = batch == 1 ? time : (time - _first) / (batch - 1);
        var steps = ((long)(epochs - epoch) * batches) + batches - batch;
        return (step * steps) + (_evaluation * (epochs - epoch));
    }
}
