using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Images;

/// <summary>Notices pixels of 0 to 1 that are given to a network for those of 0 to 255, which sees black pictures in them.</summary>
/// <remarks>
/// <see cref="ImageColumn.CheckScale"/> refuses the opposite mistake, where the column is certain. Values in a vector are not: pictures of
/// 0 to 255 may be as dark, so that this is no more than a warning.
/// </remarks>
/// <param name="statistics">How the network normalises.</param>
internal sealed class PixelScaleWarning(ChannelStatistics statistics)
{
    // Images that are looked at.
    private const int Most = 32;

    private int _seen;
    private bool _isBeyond;
    private bool _isLit;

    /// <summary>The warning, or null.</summary>
    public string? Problem => _isLit && !_isBeyond && statistics.AreOfLargePixels
        ? "The pixels of the first images lie from 0 to 1, and the network is for pixels from 0 to 255, so that all pictures are "
            + "black to it. Multiply the pixels by 255."
        : null;

    /// <summary>Looks at an image, one of the first.</summary>
    public void See(ImageColumn column, ReadOnlySpan<float> pixels)
    {
        if (_seen == Most || _isBeyond)
        {
            return;
        }

        _seen++;
        _isBeyond = column.HasBytePixels || pixels.ContainsAnyExceptInRange(0f, 1f);
        _isLit |= pixels.ContainsAnyExcept(0f);
    }
}
