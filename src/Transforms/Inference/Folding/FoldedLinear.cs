using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Transforms.Inference.Folding;

/// <summary>A fully connected layer y = W·x + b in double precision, into which the affine maps around it are folded.</summary>
internal sealed class FoldedLinear
{
    private readonly double[] _weights;

    private FoldedLinear(int outputs, int inputs, double[] weights, double[] bias)
    {
        Outputs = outputs;
        Inputs = inputs;
        _weights = weights;
        Bias = bias;
    }

    public int Outputs { get; }

    public int Inputs { get; }

    public double[] Bias { get; }

    public double this[int output, int input] => _weights[(output * Inputs) + input];

    /// <summary>Reads a fully connected layer.</summary>
    public static FoldedLinear Of(NetworkWeights weights, LinearSpec layer)
        => Of(weights[layer.Name + ".weight"], weights[layer.Name + ".bias"]);

    /// <summary>Reads what an LSTM makes of its input, all parts at once.</summary>
    public static FoldedLinear OfInput(NetworkWeights weights, LstmSpec layer) => Of(weights[layer.InputWeight], weights[layer.InputBias]);

    /// <summary>Reads what an LSTM makes of its state, all parts at once.</summary>
    public static FoldedLinear OfState(NetworkWeights weights, LstmSpec layer) => Of(weights[layer.StateWeight], weights[layer.StateBias]);

    /// <summary>Takes a row-major matrix and its bias.</summary>
    public static FoldedLinear Of(ReadOnlySpan<float> matrix, ReadOnlySpan<float> bias)
    {
        double[] weights = new double[matrix.Length], biases = new double[bias.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = matrix[i];
        }

        for (var i = 0; i < biases.Length; i++)
        {
            biases[i] = bias[i];
        }

        return new FoldedLinear(biases.Length, weights.Length / biases.Length, weights, biases);
    }

    /// <summary>W·(factor · x) + b, such as the division of a global average pool that only sums.</summary>
    public FoldedLinear ScaleInput(double factor) => Make((o, i) => this[o, i] * factor, o => Bias[o], Outputs, Inputs);

    /// <summary>The batch-norm in front: W·(s·x + t) + b.</summary>
    public FoldedLinear After(FoldedBatchNorm norm)
        => Make(
            (o, i) => this[o, i] * norm.Scale[i],
            o => Bias[o] + Enumerable.Range(0, Inputs).Sum(i => this[o, i] * norm.Shift[i]),
            Outputs,
            Inputs);

    /// <summary>The batch-norm behind: s·(W·x + b) + t.</summary>
    public FoldedLinear Before(FoldedBatchNorm norm)
        => Make((o, i) => this[o, i] * norm.Scale[o], o => (Bias[o] * norm.Scale[o]) + norm.Shift[o], Outputs, Inputs);

    /// <summary>One output less another, as a layer with one output.</summary>
    public FoldedLinear Difference(int plus, int minus)
        => Make((_, i) => this[plus, i] - this[minus, i], _ => Bias[plus] - Bias[minus], 1, Inputs);

    /// <summary>Two layers whose results are added, as one layer over both inputs end to end.</summary>
    public FoldedLinear Beside(FoldedLinear other)
        => Make(
            (o, i) => i < Inputs ? this[o, i] : other[o, i - Inputs], o => Bias[o] + other.Bias[o], Outputs, Inputs + other.Inputs);

    /// <summary>Outputs and inputs at chosen places, −1 for zero, to line parts up with whole vectors.</summary>
    public FoldedLinear Rearrange(IReadOnlyList<int> outputs, IReadOnlyList<int> inputs)
        => Make(
            (o, i) => outputs[o] < 0 || inputs[i] < 0 ? 0 : this[outputs[o], inputs[i]],
            o => outputs[o] < 0 ? 0 : Bias[outputs[o]],
            outputs.Count,
            inputs.Count);

    private static FoldedLinear Make(Func<int, int, double> weight, Func<int, double> bias, int outputs, int inputs)
    {
        var weights = new double[checked(outputs * inputs)];
        var biases = new double[outputs];
        for (var o = 0; o < outputs; o++)
        {
            for (var i = 0; i < inputs; i++)
            {
                weights[(o * inputs) + i] = weight(o, i);
            }

            biases[o] = bias(o);
        }

        return new FoldedLinear(outputs, inputs, weights, biases);
    }
}
