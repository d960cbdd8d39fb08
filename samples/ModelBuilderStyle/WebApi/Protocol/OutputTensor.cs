namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>An output that every model has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">Its type, in the protocol's words.</param>
/// <param name="WidthOf">Values for each image, or null where there is one and the tensor has one dimension.</param>
/// <param name="DataOf">Its values for images, one image after another.</param>
internal sealed record OutputTensor(
    string Name, string Datatype, Func<ServedModel, int>? WidthOf, Func<IEnumerable<ScoredImage>, object> DataOf)
{
    /// <summary>All of them, in the order in which they are returned when none is asked for.</summary>
    public static IReadOnlyList<OutputTensor> All { get; } =
    [
        new("label", Tensors.Bytes, null, images => images.Select(image => image.Output.PredictedLabel).ToArray()),
        new("score", Tensors.Single, model => model.Classes.Count, images => images.SelectMany(image => image.Output.Score).ToArray()),
        new("compute_fraction", Tensors.Single, null, images => images.Select(image => image.Output.ComputeFraction).ToArray()),
        new("execution_path", Tensors.Boolean, model => model.Blocks.Count,
            images => images.SelectMany(image => image.Output.ExecutionPath.Select(ran => ran > 0)).ToArray()),
        new("compute_budget", Tensors.Single, null, images => images.Select(image => (float)image.Budget).ToArray()),
    ];

    /// <summary>Its shape for a number of images.</summary>
    public IReadOnlyList<int> ShapeOf(ServedModel model, int images) => WidthOf is null ? [images] : [images, WidthOf(model)];
}
