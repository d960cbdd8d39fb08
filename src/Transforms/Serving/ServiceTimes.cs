namespace AdaptiveInference.ML.Transforms.Serving;

/// <summary>
/// How long an engine is busy with an image at each step of a ladder: the network's share, in proportion to the work that images cost at
/// the step, and a rest that is the same for all steps and learnt: decoding, and whatever else the machine does.
/// </summary>
/// <remarks>
/// One rest is learnt for all steps, so that a step which is not in use for an hour is not judged by what it took an hour ago. Fractions
/// are learnt for each step; those of a step that was never in use are what was given, scaled as those of the step that was in use last.
/// </remarks>
/// <param name="wholeSeconds">The whole network alone, on an idle machine.</param>
/// <param name="fractions">Mean compute fraction of each step, as far as it is known beforehand.</param>
internal sealed class ServiceTimes(double wholeSeconds, IReadOnlyList<double> fractions)
{
    // The last ten images decide about the rest, the last fifty about what a step costs.
    private const double RestWeight = 0.1;
    private const double FractionWeight = 0.02;

    // What was given beforehand counts as so many images: one easy image says little.
    private const int ImagesBeforehand = 10;

    // However much faster than measured the machine has become.
    private const double LeastShare = 0.2;

    private readonly double[] _given = [.. fractions];
    private readonly double[] _learnt = new double[fractions.Count];
    private readonly long[] _images = new long[fractions.Count];
    private double _scale = 1;
    private double _rest;

    /// <summary>Number of steps.</summary>
    public int Count => _given.Length;

    /// <summary>Mean compute fraction of a step, of late; never above that of a more accurate one.</summary>
    public double FractionOf(int step)
    {
        var least = double.PositiveInfinity;
        for (var i = 0; i <= step; i++)
        {
            least = Math.Min(least, _images[i] > 0 ? _learnt[i] : _given[i] * _scale);
        }

        return least;
    }

    /// <summary>Expected seconds of an image at a step.</summary>
    public double Of(int step)
    {
        var network = wholeSeconds * FractionOf(step);
        return Math.Max(LeastShare * network, network + _rest);
    }

    /// <summary>Learns from an image.</summary>
    public void Learn(int step, double seconds, double fraction)
    {
        _rest += RestWeight * (seconds - (wholeSeconds * fraction) - _rest);

        if (_images[step] == 0)
        {
            _learnt[step] = _given[step] * _scale;
        }

        // The mean of what was given and the first ones, then of the last.
        _learnt[step] += Math.Max(FractionWeight, 1.0 / (ImagesBeforehand + ++_images[step])) * (fraction - _learnt[step]);
        _scale = _learnt[step] / _given[step];
    }
}
