using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// Brings a graph's convolutions and batch-norms into the form of this library's: a convolution without bias and a batch-norm.
/// </summary>
/// <param name="nodes">The graph.</param>
/// <param name="values">Receives the tensors by name.</param>
internal sealed class OnnxWeights(OnnxNodes nodes, Dictionary<string, float[]> values)
{
    /// <exception cref="FormatException">Numbers are missing or wrong; the message names the layer.</exception>
    public void Add(ConvolutionSpec layer, OnnxConvolution found)
    {
        values[layer.Name + ".weight"] = nodes.Floats(found.Node, 1, "weight");
        var bias = found.Node.Input.Count > 2 && found.Node.Input[2].Length > 0
            ? Vector(found.Node, 2, "bias", layer.Outputs) : new float[layer.Outputs];
        var (gamma, beta, mean, variance) = found.Norm is null ? Folded(bias) : Norm(found.Norm, bias);
        var name = layer.Norm.Name;
        values[name + ".weight"] = gamma;
        values[name + ".bias"] = beta;
        values[name + ".running_mean"] = mean;
        values[name + ".running_var"] = variance;
    }

    // A norm that does nothing but add the bias.
    private static (float[] Gamma, float[] Beta, float[] Mean, float[] Variance) Folded(float[] bias) =>
    (
        [.. Enumerable.Repeat(1f, bias.Length)], bias, new float[bias.Length],
        [.. Enumerable.Repeat((float)(1 - BatchNormSpec.Epsilon), bias.Length)]);

    private (float[] Gamma, float[] Beta, float[] Mean, float[] Variance) Norm(Protobuf.NodeProto norm, float[] bias)
    {
        var epsilon = OnnxNodes.Attribute(norm, "epsilon") is { } given ? given.F : (float)BatchNormSpec.Epsilon;
        var (gamma, beta) = (Vector(norm, 1, "scale", bias.Length), Vector(norm, 2, "bias", bias.Length));
        var (mean, variance) = (Vector(norm, 3, "mean", bias.Length), Vector(norm, 4, "variance", bias.Length));
        for (var i = 0; i < bias.Length; i++)
        {
            mean[i] -= bias[i];
            var spread = (double)variance[i] + epsilon;
            if (!(spread > 0 && double.IsFinite(spread)))
            {
                throw OnnxNodes.Refuse(norm, FormattableString.Invariant(
                    $"has a variance of {variance[i]} and an epsilon of {epsilon}, which must be above 0 together"));
            }

            // Another epsilon is a little more or less variance; where that would be negative, the scale takes it.
            var isOurs = Math.Abs(epsilon - BatchNormSpec.Epsilon) < 1e-12;
            variance[i] = (float)Math.Max(0, isOurs ? variance[i] : spread - BatchNormSpec.Epsilon);
            var kept = variance[i] + BatchNormSpec.Epsilon;
            gamma[i] = Math.Abs(kept - spread) <= 1e-7 * spread ? gamma[i] : (float)(gamma[i] * Math.Sqrt(kept / spread));
        }

        // The bias is taken off the mean, and a small variance makes a large scale of the other epsilon.
        return FiniteFloats.All(mean) && FiniteFloats.All(gamma) && FiniteFloats.All(variance)
            ? (gamma, beta, mean, variance)
            : throw OnnxNodes.Refuse(norm, "has a mean, scale or variance that is too large for single precision");
    }

    private float[] Vector(Protobuf.NodeProto node, int input, string role, int count)
    {
        var vector = nodes.Floats(node, input, role);
        return vector.Length == count
            ? vector
            : throw OnnxNodes.Refuse(node, $"has a {role} of {vector.Length} numbers, and {count} are expected");
    }
}
