namespace AdaptiveInference.ML.Benchmarks.FewImages;

/// <summary>
/// Difference of two ways' accuracies on the same test images with its 95 % interval: bootstrap over the objects that the images show,
/// since two pictures of one object are not two observations. Seeds are averaged image by image before.
/// </summary>
internal readonly record struct PairedInterval(double Difference, double Low, double High)
{
    private const int Resamples = 20_000;

    /// <param name="one">Answers of the first way: [seed][image].</param>
    /// <param name="other">Of the second way; it may have another number of seeds.</param>
    /// <param name="groups">The object that each image shows.</param>
    public static PairedInterval Of(IReadOnlyList<bool[]> one, IReadOnlyList<bool[]> other, IReadOnlyList<string> groups)
    {
        var gains = Enumerable.Range(0, groups.Count).Select(image => Mean(one, image) - Mean(other, image)).ToArray();
        var objects = gains.Zip(groups).GroupBy(pair => pair.Second, pair => pair.First)
            .Select(own => (Sum: own.Sum(), Count: own.Count())).ToArray();
        var random = new Random(1);
        var means = new double[Resamples];
        for (var resample = 0; resample < Resamples; resample++)
        {
            var (sum, count) = (0.0, 0);
            for (var i = 0; i < objects.Length; i++)
            {
                var drawn = objects[random.Next(objects.Length)];
                (sum, count) = (sum + drawn.Sum, count + drawn.Count);
            }

            means[resample] = sum / count;
        }

        return new PairedInterval(gains.Average(), PairedTiming.Quantile(means, 0.025), PairedTiming.Quantile(means, 0.975));
    }

    public override string ToString()
        => FormattableString.Invariant($"{100 * Difference:+0.0;−0.0;0.0} ({100 * Low:+0.0;−0.0;0.0} to {100 * High:+0.0;−0.0;0.0})");

    private static double Mean(IReadOnlyList<bool[]> answers, int image) => answers.Average(seed => seed[image] ? 1.0 : 0.0);
}
