using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>The fully connected layer at the end of a graph.</summary>
internal sealed class OnnxClassifier
{
    private readonly OnnxNodes _nodes;
    private readonly NodeProto _product;
    private readonly NodeProto? _addition;
    private readonly bool _isTransposed;
    private readonly int _features;

    private OnnxClassifier(OnnxNodes nodes, NodeProto product, NodeProto? addition)
    {
        (_nodes, _product, _addition) = (nodes, product, addition);
        var weight = nodes.Constant(product, 1) ?? throw OnnxNodes.Refuse(product, "has weights that are not stored in the file");
        _isTransposed = product.OpType == "Gemm" && OnnxNodes.Integer(product, "transB", 0) == 1;
        if (product.OpType == "Gemm" && (OnnxNodes.Integer(product, "transA", 0) != 0 || Factor("alpha") != 1 || Factor("beta") != 1))
        {
            throw OnnxNodes.Refuse(product, "scales or transposes what it adds up, which is not supported");
        }

        if (weight.Dims is not { Count: 2 } sides || sides.Any(side => side is < 1 or > NetworkSpec.MaximumClasses))
        {
            throw OnnxNodes.Refuse(
                product,
                $"has weights of shape {QuotedText.List(weight.Dims)}; "
                    + $"features × classes, of which there are at most {NetworkSpec.MaximumClasses}, are expected");
        }

        (Classes, _features) = _isTransposed ? ((int)sides[0], (int)sides[1]) : ((int)sides[1], (int)sides[0]);
    }

    public int Classes { get; }

    /// <returns>Null for a network that ends with its features.</returns>
    /// <exception cref="FormatException">It cannot be read; the message is the rest of a sentence.</exception>
    public static OnnxClassifier? Of(OnnxNodes nodes, ResidualGraph graph)
        => graph.Classifier is { } product ? new OnnxClassifier(nodes, product, graph.ClassifierBias) : null;

    /// <summary>Adds its weights by name.</summary>
    /// <exception cref="FormatException">They are not those of such a layer; the message names it.</exception>
    public void AddTo(Dictionary<string, float[]> values, PooledHeadSpec head, int features)
    {
        if (_features != features)
        {
            throw OnnxNodes.Refuse(
                _product,
                $"has weights for {_features} features ({QuotedText.List(_nodes.Constant(_product, 1)!.Dims)}), "
                    + $"and {features} channels are averaged in front of it");
        }

        var layer = head.Linear;
        var weights = _nodes.Floats(_product, 1, "weight");
        values[layer.Name + ".weight"] = _isTransposed ? weights : Transposed(weights);
        values[layer.Name + ".bias"] = Bias();
    }

    private float[] Transposed(float[] weights)
    {
        var turned = new float[weights.Length];
        for (var feature = 0; feature < _features; feature++)
        {
            for (var c = 0; c < Classes; c++)
            {
                turned[(c * _features) + feature] = weights[(feature * Classes) + c];
            }
        }

        return turned;
    }

    private float[] Bias()
    {
        var (node, index) = _addition is null ? (_product, 2) : (_addition, _nodes.Constant(_addition, 1) is null ? 0 : 1);
        if (_addition is null && (_product.OpType == "MatMul" || _product.Input.Count < 3 || _product.Input[2].Length == 0))
        {
            return new float[Classes];
        }

        var bias = _nodes.Floats(node, index, "bias");
        long[] shape = [.. _nodes.Constant(node, index)!.Dims];

        // What is added to images × classes and the same for every image.
        var isBias = shape.Length == 0
            || (shape.Length <= 2 && shape[..^1].All(side => side == 1) && (shape[^1] == 1 || shape[^1] == Classes));
        return !isBias
            ? throw OnnxNodes.Refuse(
                node, $"has a bias of shape {QuotedText.List(shape)}, where [{Classes}], [1, {Classes}] or one number is expected")
            : bias.Length == Classes ? bias : [.. Enumerable.Repeat(bias[0], Classes)];
    }

    private float Factor(string name) => OnnxNodes.Attribute(_product, name) is { } attribute ? attribute.F : 1;
}
