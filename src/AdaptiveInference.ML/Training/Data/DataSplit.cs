namespace AdaptiveInference.ML.Training.Data;

/// <summary>Which images are trained on and which are held out for validation.</summary>
internal static class DataSplit
{
    /// <summary>
    /// Holds out the same share of every class, rounded to whole images so that the total is right to within one; both parts keep the order
    /// of the data.
    /// </summary>
    /// <param name="labels">Class of each image.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="heldOut">Share to hold out, 0 to less than 1.</param>
    /// <param name="seed">Which images are held out.</param>
    public static (int[] Training, int[] Validation) Stratified(IReadOnlyList<int> labels, int classes, float heldOut, int seed)
    {
        var order = Enumerable.Range(0, labels.Count).ToArray();
        if (heldOut == 0)
        {
            return (order, []);
        }

        RandomStream.Of(seed, RandomStream.Purpose.Split).Shuffle(order);
        var byClass = new List<int>[classes];
        foreach (var image in order)
        {
            (byClass[labels[image]] ??= []).Add(image);
        }

        // What rounding leaves of one class is carried to the next.
        var validation = new List<int>();
        var owed = 0.5;
        foreach (var images in byClass)
        {
            if (images is null)
            {
                continue;
            }

            owed += images.Count * (double)heldOut;
            var take = Math.Min((int)owed, images.Count - 1);
            owed -= take;
            validation.AddRange(images.Take(take));
        }

        validation.Sort();
        var chosen = validation.ToHashSet();
        return ([.. Enumerable.Range(0, labels.Count).Where(image => !chosen.Contains(image))], [.. validation]);
    }
}
