using System.Buffers.Binary;
using System.Globalization;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using Google.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>Builds one graph, the main one or a branch of an <c>If</c>. Value names are unique over the whole model.</summary>
internal sealed class OnnxGraph
{
    private readonly Counter _counter;

    public OnnxGraph(string name)
        : this(name, new Counter())
    {
    }

    private OnnxGraph(string name, Counter counter)
    {
        _counter = counter;
        Proto = new GraphProto { Name = name };
    }

    public GraphProto Proto { get; }

    /// <summary>A branch: it may read every value of this graph by its name.</summary>
    public OnnxGraph Branch(string name) => new(name, _counter);

    /// <summary>Adds an operator with one result.</summary>
    /// <returns>Name of the result.</returns>
    public string Node(string type, IEnumerable<string> inputs, params AttributeProto[] attributes)
        => Nodes(type, inputs, 1, attributes)[0];

    /// <summary>Adds an operator with several results.</summary>
    public string[] Nodes(string type, IEnumerable<string> inputs, int results, params AttributeProto[] attributes)
    {
        var name = $"{type.ToLowerInvariant()}{_counter.Next()}";
        var node = new NodeProto { Name = name, OpType = type };
        string[] outputs = results == 1 ? [name] : [.. Enumerable.Range(0, results).Select(i => $"{name}_{i}")];
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        Proto.Node.Add(node);
        return outputs;
    }

    /// <summary>Gives a value the name of an output of the graph.</summary>
    public void Output(string name, string value, params int[] shape)
        => Output(name, value, TensorProto.Types.DataType.Float, shape);

    /// <summary>The same for a Boolean value.</summary>
    public void BooleanOutput(string name, string value, params int[] shape)
        => Output(name, value, TensorProto.Types.DataType.Bool, shape);

    private void Output(string name, string value, TensorProto.Types.DataType type, int[] shape)
    {
        var node = new NodeProto { Name = $"output_{name}", OpType = "Identity" };
        node.Input.Add(value);
        node.Output.Add(name);
        Proto.Node.Add(node);
        Proto.Output.Add(Describe(name, shape, type));
    }

    /// <summary>Makes a value a result of this branch.</summary>
    public void Result(string value, params int[] shape)
    {
        // A result must be made by a node of the branch itself, not handed through from outside.
        var name = Node("Identity", [value]);
        Proto.Output.Add(Describe(name, shape));
    }

    public void Input(string name, params int[] shape) => Proto.Input.Add(Describe(name, shape));

    /// <summary>Adds constant numbers.</summary>
    public string Constant(IEnumerable<double> values, params int[] shape)
    {
        float[] numbers = [.. values.Select(value => (float)value)];
        var bytes = new byte[numbers.Length * sizeof(float)];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), numbers[i]);
        }

        return Constant(TensorProto.Types.DataType.Float, bytes, shape);
    }

    /// <summary>Adds constant whole numbers, such as positions of a slice.</summary>
    public string Constant(params long[] values)
    {
        var bytes = new byte[values.Length * sizeof(long)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }

        return Constant(TensorProto.Types.DataType.Int64, bytes, values.Length);
    }

    /// <summary>A max pool; without padding the attribute is left out.</summary>
    public string MaxPool(string x, PoolSpec pool)
    {
        List<AttributeProto> attributes =
            [Attribute("kernel_shape", pool.Window, pool.Window), Attribute("strides", pool.Stride, pool.Stride)];
        if (pool.Padding > 0)
        {
            attributes.Add(Attribute("pads", pool.Padding, pool.Padding, pool.Padding, pool.Padding));
        }

        return Node("MaxPool", [x], [.. attributes]);
    }

    /// <summary>Adds constant bytes.</summary>
    public string Bytes(byte[] values, params int[] shape) => Constant(TensorProto.Types.DataType.Uint8, values, shape);

    /// <summary>Adds constant signed bytes.</summary>
    public string SignedBytes(sbyte[] values, params int[] shape)
        => Constant(TensorProto.Types.DataType.Int8, Array.ConvertAll(values, value => (byte)value), shape);

    /// <summary>Convolution with its batch-norm, padded by half of its kernel.</summary>
    public string Convolution(string x, FoldedConvolution layer)
    {
        var weights = from output in Enumerable.Range(0, layer.Outputs)
                      from input in Enumerable.Range(0, layer.Inputs)
                      from tap in Enumerable.Range(0, layer.Kernel * layer.Kernel)
                      select layer[output, input, tap];
        return Convolution(x, layer, Constant(weights, layer.Outputs, layer.Inputs, layer.Kernel, layer.Kernel));
    }

    /// <summary>The same with weights that are in the graph already.</summary>
    public string Convolution(string x, FoldedConvolution layer, string weights)
    {
        int kernel = layer.Kernel, padding = kernel / 2;
        return Node(
            "Conv",
            [x, weights, Constant(layer.Bias, layer.Outputs)],
            Attribute("kernel_shape", kernel, kernel),
            Attribute("strides", layer.Stride, layer.Stride),
            Attribute("pads", padding, padding, padding, padding));
    }

    /// <summary>Fully connected layer. (1, inputs) → (1, outputs)</summary>
    public string Linear(string x, FoldedLinear layer)
    {
        var weights = from output in Enumerable.Range(0, layer.Outputs)
                      from input in Enumerable.Range(0, layer.Inputs)
                      select layer[output, input];
        return Node(
            "Gemm", [x, Constant(weights, layer.Outputs, layer.Inputs), Constant(layer.Bias, layer.Outputs)], Attribute("transB", 1L));
    }

    public string Relu(string x) => Node("Relu", [x]);

    /// <summary>Mean over the feature map. (1, C, H, W) → (1, C)</summary>
    public string GlobalAverage(string x) => Node("Flatten", [Node("GlobalAveragePool", [x])], Attribute("axis", 1L));

    public static AttributeProto Attribute(string name, long value)
        => new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Attribute(string name, params int[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values.Select(value => (long)value));
        return attribute;
    }

    public static AttributeProto Attribute(string name, OnnxGraph branch)
        => new() { Name = name, G = branch.Proto, Type = AttributeProto.Types.AttributeType.Graph };

    private static ValueInfoProto Describe(
        string name, int[] shape, TensorProto.Types.DataType type = TensorProto.Types.DataType.Float)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() };
        tensor.Shape.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private string Constant(TensorProto.Types.DataType type, byte[] bytes, params int[] shape)
    {
        var name = $"constant{_counter.Next()}";
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };
        tensor.Dims.AddRange(shape.Select(size => (long)size));
        Proto.Initializer.Add(tensor);
        return name;
    }

    private sealed class Counter
    {
        private int _last;

        public string Next() => (++_last).ToString(CultureInfo.InvariantCulture);
    }
}
