namespace AdaptiveInference.ML.Transforms.Architectures;

/// <summary>A layer that has weights: what it is called, how large it is, what it costs.</summary>
/// <param name="name">PyTorch's name.</param>
internal abstract class LayerSpec(string name)
{
    public string Name { get; } = name;

    /// <summary>Multiply–accumulates for one image.</summary>
    public virtual long Macs => 0;

    /// <summary>Multiply–accumulates of several layers for one image.</summary>
    public static long MacsOf(IReadOnlyList<LayerSpec> layers)
    {
        long macs = 0;
        for (var i = 0; i < layers.Count; i++)
        {
            macs += layers[i].Macs;
        }

        return macs;
    }

    /// <summary>Adds the layer's tensors in the order in which they are stored.</summary>
    public abstract void AddTensors(List<TensorSpec> list);
}

/// <summary>A square convolution without bias, padded by half of its kernel so that its stride alone changes the size of the map.</summary>
internal sealed class ConvolutionSpec(string name, string norm) : LayerSpec(name)
{
    /// <summary>The batch-norm behind it.</summary>
    public BatchNormSpec Norm => new(norm, Outputs);

    public required int Inputs { get; init; }

    public required int Outputs { get; init; }

    /// <summary>Side of the kernel, odd.</summary>
    public required int Kernel { get; init; }

    public required int Stride { get; init; }

    public required int InHeight { get; init; }

    public required int InWidth { get; init; }

    public int Padding => Kernel / 2;

    public int OutHeight => Strided(InHeight, Stride);

    public int OutWidth => Strided(InWidth, Stride);

    /// <inheritdoc />
    public override long Macs => (long)Outputs * Inputs * Kernel * Kernel * OutHeight * OutWidth;

    /// <summary>Size of what a padded convolution or pool makes of a size.</summary>
    public static int Strided(int size, int stride) => (size + stride - 1) / stride;

    /// <inheritdoc />
    public override void AddTensors(List<TensorSpec> list)
    {
        list.Add(new TensorSpec(Name + ".weight", Outputs, Inputs, Kernel, Kernel));
        Norm.AddTensors(list);
    }
}

/// <summary>A fully connected layer with bias.</summary>
internal sealed class LinearSpec(string name, int inputs, int outputs) : LayerSpec(name)
{
    public int Inputs => inputs;

    public int Outputs => outputs;

    /// <summary>Whether each output stands for a class.</summary>
    public bool IsByClass { get; init; }

    /// <inheritdoc />
    public override long Macs => (long)inputs * outputs;

    /// <inheritdoc />
    public override void AddTensors(List<TensorSpec> list)
    {
        list.Add(new TensorSpec(Name + ".weight", outputs, inputs) { IsByClass = IsByClass });
        list.Add(new TensorSpec(Name + ".bias", outputs) { IsByClass = IsByClass });
    }
}

/// <summary>Batch-norm with its running statistics.</summary>
internal sealed class BatchNormSpec(string name, int channels) : LayerSpec(name)
{
    /// <summary>PyTorch's default ε, which every batch-norm here has.</summary>
    public const double Epsilon = 1e-5;

    /// <inheritdoc />
    public override void AddTensors(List<TensorSpec> list)
    {
        foreach (var part in (string[])["weight", "bias", "running_mean", "running_var"])
        {
            list.Add(new TensorSpec($"{Name}.{part}", channels));
        }
    }
}

/// <summary>An LSTM of one layer, as wide as its input. Rows of its weights are the input, forget, cell and output parts.</summary>
internal sealed class LstmSpec(string name, int width) : LayerSpec(name)
{
    /// <summary>Parts of the state's update, each as wide as the state.</summary>
    public const int Parts = 4;

    public int Width => width;

    public string InputWeight => Name + ".weight_ih_l0";

    public string StateWeight => Name + ".weight_hh_l0";

    public string InputBias => Name + ".bias_ih_l0";

    public string StateBias => Name + ".bias_hh_l0";

    /// <inheritdoc />
    public override long Macs => (long)Parts * width * 2 * width;

    /// <inheritdoc />
    public override void AddTensors(List<TensorSpec> list)
    {
        list.Add(new TensorSpec(InputWeight, Parts * width, width));
        list.Add(new TensorSpec(StateWeight, Parts * width, width));
        list.Add(new TensorSpec(InputBias, Parts * width));
        list.Add(new TensorSpec(StateBias, Parts * width));
    }
}
