using System.Runtime.ExceptionServices;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>Room for one row that was read ahead.</summary>
internal sealed class ScoredPlace(ScoreResult result)
{
    public DataViewRowId Id;

    public ImageSlot Image { get; } = new();

    public ScoreResult Result { get; } = result;

    /// <summary>Position in the input, for messages.</summary>
    public long Row { get; set; }

    public long Batch { get; set; }

    /// <summary>Why the row could not be scored, thrown when the caller reaches it.</summary>
    public ExceptionDispatchInfo? Error { get; set; }
}

/// <summary>A run of places that is filled, scored and handed out as one.</summary>
internal sealed class ScoredWindow(int first)
{
    private Task _task = Task.CompletedTask;

    /// <summary>Index of the first place.</summary>
    public int First => first;

    /// <summary>Places in use.</summary>
    public int Count { get; set; }

    /// <summary>Why reading the input failed after the rows of this window.</summary>
    public ExceptionDispatchInfo? InputError { get; set; }

    public void Clear()
    {
        Count = 0;
        InputError = null;
    }

    /// <summary>Waits until nothing of this window is being scored.</summary>
    public void Wait() => _task.GetAwaiter().GetResult();

    /// <summary>Starts scoring on all cores, one image per core.</summary>
    public void Start(ScoredPlace[] places, RowScorer scorer, CancellationToken stop)
    {
        var count = Count;
        _task = Task.Run(() => Parallel.For(0, count, (index, loop) =>
        {
            if (stop.IsCancellationRequested)
            {
                loop.Stop();
                return;
            }

            var place = places[first + index];
            try
            {
                scorer.Score(place.Image, place.Result, place.Row);
            }
            catch (Exception error)
            {
                place.Error = ExceptionDispatchInfo.Capture(error);
            }
        }));
    }
}
