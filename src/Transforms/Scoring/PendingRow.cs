using System.Runtime.ExceptionServices;
using AdaptiveInference.ML.Transforms.Images;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>One row that was read ahead: its image until it is scored, its result afterwards. Reused for later rows.</summary>
internal sealed class PendingRow(ScoreResult result)
{
    public DataViewRowId Id;

    public ImageSlot Image { get; } = new();

    public ScoreResult Result { get; } = result;

    /// <summary>Position in the input, for messages.</summary>
    public long Row { get; set; }

    public long Batch { get; set; }

    /// <summary>Why the row could not be scored, thrown when the caller reaches it.</summary>
    public ExceptionDispatchInfo? Error { get; set; }

    /// <summary>Whether the row was scored or failed. Guarded by the queue's lock.</summary>
    public bool Done { get; set; }

    /// <summary>Decodes and scores the row; a failure is kept for the caller.</summary>
    public void Score(RowScorer scorer)
    {
        try
        {
            scorer.Score(Image, Result, Row);
        }
        catch (Exception error)
        {
            Error = ExceptionDispatchInfo.Capture(error);
        }
    }
}
