namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>
/// The tensors that a network has, by PyTorch's names and shapes, batch-norm statistics included. Torch modules, model files, checkpoint
/// import and the inference plan agree on a network because all of them agree with this list.
/// </summary>
/// <remarks>
/// Backbone names are torchvision's (<c>layer2.0.conv1.weight</c>, <c>layer2.0.downsample.0.weight</c>, <c>fc.weight</c>). A gate stands
/// with the block that it decides (<c>layer2.0.gate.…</c>), the LSTM that SkipNet's recurrent gates share is <c>control.…</c>, early exits
/// are <c>exits.0.…</c>.
/// </remarks>
internal static class WeightLayout
{
    /// <summary>All tensors in the order in which an image meets them.</summary>
    public static IReadOnlyList<TensorSpec> Of(BlockPlan plan)
    {
        var list = new List<TensorSpec>();
        plan.Stem.Convolution.AddTensors(list);
        foreach (var block in plan.Blocks)
        {
            Add(list, block.Body);
            block.Projection?.AddTensors(list);
            Add(list, block.Gate?.Layers ?? []);
            block.BudgetCurve?.AddTensors(list);
        }

        plan.Control?.Lstm.AddTensors(list);
        plan.Control?.Projection.AddTensors(list);
        foreach (var exit in plan.Exits)
        {
            Add(list, exit.Layers);
        }

        Add(list, plan.Head.Layers);
        return list;
    }

    private static void Add(List<TensorSpec> list, IReadOnlyList<LayerSpec> layers)
    {
        foreach (var layer in layers)
        {
            layer.AddTensors(list);
        }
    }
}
