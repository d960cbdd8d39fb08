using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using Google.Protobuf;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx.Import.Hostile;

/// <summary>Files that are small to make and large to read, or endless to follow.</summary>
internal static class HostileOnnxBombs
{
    public static (string What, byte[] File) Create(ModelProto model, Random random)
    {
        var (graph, count) = (model.Graph, random.Next(1, 100_000));
        var what = random.Next(12) switch
        {
            0 => Numbers(graph, count * 10),
            1 => Nested(graph, random.Next(1, 60)),
            2 => Aliases(graph, count / 4),
            3 => Consumers(graph, count / 4, random),
            4 => Classes(model, count * 20),
            5 => Text(graph, count * 20, random),
            6 => Empty(graph, count * 6, random),
            7 => Blocks(graph, random.Next(1, 3000)),
            8 => Steps(graph, count / 4),
            9 => Attributes(graph, count / 2),
            10 => Deep(graph, random.Next(1, 300)),
            _ => Channels(graph, random.Next(1, 3_000)),
        };
        return (what, model.ToByteArray());
    }

    private static string Numbers(GraphProto graph, int count)
    {
        graph.Node.First(node => node.OpType == "Conv").Attribute[0].Ints.AddRange(Enumerable.Repeat(1L, count));
        return $"{count} sides of a window";
    }

    private static string Nested(GraphProto graph, int depth)
    {
        var inner = new GraphProto();
        for (var i = 0; i < depth; i++)
        {
            var node = new NodeProto { OpType = "If" };
            node.Attribute.Add(new AttributeProto { Name = "then_branch", G = inner });
            inner = new GraphProto();
            inner.Node.Add(node);
        }

        graph.Node.Add(inner.Node);
        return $"{depth} graphs inside each other";
    }

    private static string Aliases(GraphProto graph, int count)
    {
        var input = graph.Input[0].Name;
        var last = Enumerable.Range(0, count).Aggregate(input, (x, i) => Add(graph, "Identity", i, x, $"alias{i}"));
        foreach (var node in graph.Node.Skip(count))
        {
            Rename(node, input, last);
        }

        return $"{count} aliases of the input";
    }

    private static string Consumers(GraphProto graph, int count, Random random)
    {
        var x = graph.Node[random.Next(graph.Node.Count)].Output[0];
        graph.Node.AddRange(Enumerable.Range(0, count).Select(i => Node("Relu", x, $"consumer{i}")));
        return $"{count} consumers of '{x}'";
    }

    private static string Classes(ModelProto model, int count)
    {
        var layer = model.Graph.Node.Last(node => node.OpType is "Gemm" or "MatMul");
        var weight = model.Graph.Initializer.First(tensor => layer.Input.Contains(tensor.Name) || tensor == model.Graph.Initializer[^1]);
        weight.Dims.Clear();
        weight.Dims.AddRange(layer.OpType == "Gemm" ? [count, 64] : [64, count]);
        weight.RawData = ByteString.Empty;
        if (count < 20_000)
        {
            weight.DataType = 10;
            weight.RawData = ByteString.CopyFrom(new byte[count * 64 * 2]);
        }

        return $"{count} classes";
    }

    private static string Text(GraphProto graph, int length, Random random)
    {
        var (text, node) = (new string("n\n\0é"[random.Next(4)], length), graph.Node[random.Next(graph.Node.Count)]);
        switch (random.Next(5))
        {
            case 0:
                node.Name = text;
                node.OpType = "Loop";
                break;
            case 1:
                node.OpType = text;
                break;
            case 2:
                node.Domain = text;
                break;
            case 3:
                graph.Input[0].Name = text;
                break;
            default:
                graph.Initializer[0].Name = text;
                break;
        }

        return $"a text of {length} characters";
    }

    private static string Empty(GraphProto graph, int count, Random random)
    {
        var kind = random.Next(4);
        for (var i = 0; i < count; i++)
        {
            switch (kind)
            {
                case 0:
                    graph.Node.Add(new NodeProto());
                    break;
                case 1:
                    graph.Initializer.Add(new TensorProto());
                    break;
                case 2:
                    graph.Input.Add(new ValueInfoProto());
                    break;
                default:
                    graph.Output.Add(new ValueInfoProto());
                    break;
            }
        }

        return $"{count} empty messages of kind {kind}";
    }

    // Each block has the weights of the first.
    private static string Blocks(GraphProto graph, int count)
    {
        var end = graph.Node.First(node => node.OpType is "GlobalAveragePool" or "AveragePool" or "ReduceMean");
        var at = graph.Node.IndexOf(end);
        NodeProto[] behind = [.. graph.Node.Skip(at)];
        var convolution = graph.Node.Where(node => node.OpType == "Conv").ElementAt(1);
        while (graph.Node.Count > at)
        {
            graph.Node.RemoveAt(at);
        }

        var x = end.Input[0];
        for (var i = 0; i < count; i++)
        {
            var (first, second) = (convolution.Clone(), convolution.Clone());
            (first.Input[0], first.Output[0], second.Input[0], second.Output[0]) = (x, $"{i}a", $"{i}b", $"{i}c");
            var sum = Node("Add", $"{i}c", $"{i}d");
            sum.Input.Add(x);
            graph.Node.AddRange([first, Node("Relu", $"{i}a", $"{i}b"), second, sum, Node("Relu", $"{i}d", $"{i}e")]);
            x = $"{i}e";
        }

        end.Input[0] = x;
        graph.Node.AddRange(behind);
        return $"{count} more blocks";
    }

    private static string Steps(GraphProto graph, int count)
    {
        var input = graph.Input[0].Name;
        graph.Initializer.Add(new TensorProto { Name = "step", DataType = 1, FloatData = { 1.0001f }, Dims = { 1 } });
        var last = input;
        for (var i = 0; i < count; i++)
        {
            last = Add(graph, i % 2 == 0 ? "Mul" : "Add", i, last, $"step{i}");
            graph.Node[i].Input.Add("step");
        }

        foreach (var node in graph.Node.Skip(count))
        {
            Rename(node, input, last);
        }

        return $"{count} steps of normalisation";
    }

    private static string Attributes(GraphProto graph, int count)
    {
        foreach (var node in graph.Node.Where(node => node.OpType == "Conv").Take(4))
        {
            AttributeProto[] own = [.. node.Attribute];
            node.Attribute.Clear();
            node.Attribute.AddRange(Enumerable.Range(0, count).Select(i => new AttributeProto { I = i }).Concat(own));
        }

        return $"{count} attributes";
    }

    private static string Deep(GraphProto graph, int sides)
    {
        graph.Initializer[0].Dims.AddRange(Enumerable.Repeat(1L << 40, sides));
        graph.Input[0].Type.TensorType.Shape.Dim.AddRange(
            Enumerable.Range(0, sides).Select(_ => new TensorShapeProto.Types.Dimension { DimValue = long.MaxValue }));
        return $"{sides} more sides";
    }

    private static string Channels(GraphProto graph, int channels)
    {
        var stem = graph.Node.First(node => node.OpType == "Conv");
        var weight = graph.Initializer.FirstOrDefault(tensor => tensor.Name == stem.Input[1]) ?? graph.Initializer[0];
        weight.Dims[1] = channels;
        return $"{channels} channels of images";
    }

    private static string Add(GraphProto graph, string type, int at, string input, string output)
    {
        graph.Node.Insert(at, Node(type, input, output));
        return output;
    }

    private static NodeProto Node(string type, string input, string output)
    {
        var node = new NodeProto { OpType = type };
        node.Input.Add(input);
        node.Output.Add(output);
        return node;
    }

    private static void Rename(NodeProto node, string from, string to)
    {
        for (var i = 0; i < node.Input.Count; i++)
        {
            node.Input[i] = node.Input[i] == from ? to : node.Input[i];
        }
    }
}
