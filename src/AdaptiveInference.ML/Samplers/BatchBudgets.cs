using static TorchSharp.torch;

namespace AdaptiveInference.ML.Samplers;

/// <summary>
/// The budgets that gates are told for the images of one batch. They are dealt out like cards, image by image, so that batch-norm sees all
/// of them in every batch, in the shares that its running statistics are then the mean of.
/// </summary>
/// <param name="Parts">A budget for each part of the images: image i is of part i mod their number.</param>
internal sealed record BatchBudgets(IReadOnlyList<float> Parts)
{
    /// <summary>Mean of the parts.</summary>
    public double Mean => Parts.Average(budget => (double)budget);

    /// <summary>The budget of each image. (N)</summary>
    public Tensor OfImages(long images, Device device)
    {
        var budgets = new float[images];
        for (var image = 0; image < images; image++)
        {
            budgets[image] = Parts[image % Parts.Count];
        }

        return tensor(budgets, device: device);
    }

    /// <summary>Numbers of the images that are not told the whole budget. (M)</summary>
    public Tensor Limited(long images, Device device)
        => tensor([.. Enumerable.Range(0, (int)images).Where(image => Parts[image % Parts.Count] < 1).Select(image => (long)image)],
            device: device);

    /// <summary>The parts that are not the whole network and have images, and the rows of a batch's values that are theirs.</summary>
    /// <param name="values">One row for each image. (N, …)</param>
    public IEnumerable<(float Budget, Tensor Values)> PartsOf(Tensor values)
    {
        for (var part = 0; part < Math.Min(Parts.Count, values.shape[0]); part++)
        {
            if (Parts[part] < 1)
            {
                yield return (Parts[part], values.slice(0, part, values.shape[0], Parts.Count));
            }
        }
    }
}
