using System.Text.Json;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx.Import;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;

namespace AdaptiveInference.ML.Transforms.Onnx;

/// <summary>
/// Writes a network as ONNX for one image per run: an <c>If</c> around every gated block and behind every early exit, so that a runtime
/// really skips; batch-norm folded; channel statistics inside.
/// </summary>
/// <remarks>
/// Input <c>image</c> (1, C, H, W), raw pixels. Outputs <c>score</c> (1, classes), <c>execution_path</c> (1, blocks) and
/// <c>compute_fraction</c> (1, 1), as the columns of the transformer. Class and block names are in the metadata.
/// </remarks>
internal sealed class OnnxExporter
{
    /// <summary>Opset 17 and IR version 8 (ONNX 1.12): what ONNX Runtime 1.12 and later read.</summary>
    private const long Opset = 17;
    private const long IrVersion = 8;

    private readonly GatedResNetModel _model;
    private readonly CostModel _cost;
    private readonly OnnxGates _gates;
    private readonly OnnxAcceptedOutput _refusal;
    private readonly OnnxQuantisation _quantisation;

    private OnnxExporter(GatedResNetModel model)
    {
        _model = model;
        _cost = new CostModel(model.Blocks);
        _refusal = new OnnxAcceptedOutput(model.Refusal, model.Distances);
        _quantisation = new OnnxQuantisation(model.Int8);
        _gates = new OnnxGates(model.Blocks.Control, model.Weights, model.Policy);
    }

    public static ModelProto Export(GatedResNetModel model)
    {
        var spec = model.Spec;
        var proto = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "AdaptiveInference.ML",
            ProducerVersion = typeof(OnnxExporter).Assembly.GetName().Version!.ToString(3),
            DocString = $"{spec.Network} over {spec.Architecture} for images of {spec.Image}",
            Graph = new OnnxExporter(model).Build(),
        };
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        Describe(proto, OnnxClassNames.Key, model.Classes.Names);
        Describe(proto, "block_names", model.Blocks.Blocks.Select(block => block.Name));
        return proto;
    }

    private static void Describe(ModelProto proto, string key, IEnumerable<string> names)
        => proto.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = JsonSerializer.Serialize(names) });

    private GraphProto Build()
    {
        var spec = _model.Spec;
        var graph = new OnnxGraph("gated_resnet");
        graph.Input("image", 1, spec.Image.Channels, spec.Image.Height, spec.Image.Width);
        var blocks = Walk(graph, Stem(graph), 0, _cost.Stem, mean: null);
        graph.Output("score", blocks.Score, 1, spec.Classes);
        graph.Output("execution_path", blocks.Path, 1, _model.Blocks.Blocks.Count);
        graph.Output("compute_fraction", blocks.Fraction, 1, 1);
        _refusal.AddOutput(graph, blocks.Acceptance, blocks.Score);
        return graph.Proto;
    }

    private string Stem(OnnxGraph graph)
    {
        var (stem, pool, channels) = (_model.Blocks.Stem.Convolution, _model.Blocks.Stem.Pool, _model.Spec.Image.Channels);
        var image = _model.Spec.Image;
        var mean = _model.Channels.MeanImage is { } means
            ? graph.Constant(means.For(image).Select(value => (double)value), 1, channels, image.Height, image.Width)
            : graph.Constant(_model.Channels.Mean.ToArray().Select(value => (double)value), 1, channels, 1, 1);
        var deviation = graph.Constant(_model.Channels.StandardDeviation.ToArray().Select(value => (double)value), 1, channels, 1, 1);
        var x = graph.Node("Div", [graph.Node("Sub", ["image", mean]), deviation]);
        x = graph.Relu(graph.Convolution(x, FoldedConvolution.Of(_model.Weights, stem)));
        return pool is null ? x : graph.MaxPool(x, pool);
    }

    /// <summary>Adds the blocks from <paramref name="first"/> on, up to the last head or to a branch that holds the rest.</summary>
    /// <param name="graph">Receives them.</param>
    /// <param name="x">What the first of them reads.</param>
    /// <param name="first">Its index.</param>
    /// <param name="always">MACs that are spent whatever gates and exits decide.</param>
    /// <param name="mean">Mean of the class scores of the exits before; null where there are none or heads are not averaged.</param>
    private Rest Walk(OnnxGraph graph, string x, int first, long always, string? mean)
    {
        var blocks = _model.Blocks.Blocks;
        var opens = new List<string>();
        var bodies = new List<double>();
        for (var index = first; index < blocks.Count; index++)
        {
            var (block, cost) = (blocks[index], _cost.Blocks[index]);
            always += cost.Shortcut;
            bodies.Add((double)cost.Body / _cost.Full);
            if (block.Gate is { } gate && _gates.AreEvaluated)
            {
                always += cost.Gate;
                var runs = _gates.Add(graph, gate, block.BudgetCurve, x);
                opens.Add(graph.Node("Cast", [runs], OnnxGraph.Attribute("to", (long)TensorProto.Types.DataType.Float)));
                x = OnnxGatedBlock.Add(graph, _model.Weights, _quantisation, block, x, runs);
            }
            else
            {
                opens.Add(graph.Constant([1.0], 1, 1));
                x = OnnxBlocks.Add(graph, _model.Weights, _quantisation, block, x);
            }

            if (_model.Blocks.ExitAfter(index) is { } exit && _model.Policy.Evaluates(exit, _model.Spec.AveragesHeads))
            {
                always += _cost.Exits[exit];
                var answer = Answer(graph, x, exit, mean);
                mean = MeanAfter(answer);
                if (_model.Policy.ConfidenceOf(exit) < 1)
                {
                    return Leave(graph, x, exit, answer, opens, bodies, always);
                }
            }
        }

        var last = blocks[^1];
        var logits = OnnxHeads.Add(graph, _model.Weights, _model.Blocks.Head, x, last.OutHeight, last.OutWidth);
        var answered = OnnxHeads.Average(graph, mean, logits, _model.Spec.Exits.Count);
        var score = OnnxHeads.Probabilities(graph, answered);
        var path = graph.Node("Concat", opens, OnnxGraph.Attribute("axis", 1L));
        var fraction = Fraction(graph, path, bodies, always + _cost.Head);
        return new Rest(score, path, fraction, Acceptance(graph, _model.Spec.Exits.Count, x, answered, score));
    }

    private string? Acceptance(OnnxGraph graph, int head, string x, string answer, string score)
        => _refusal.IsOfHead ? _refusal.ScoreOfHead(graph, head, x, answer, score) : null;

    /// <summary>The class scores that an exit answers with.</summary>
    private string Answer(OnnxGraph graph, string x, int exit, string? mean)
    {
        var block = _model.Blocks.Blocks[_model.Spec.Exits[exit].AfterBlock];
        var logits = OnnxHeads.Add(graph, _model.Weights, _model.Blocks.Exits[exit], x, block.OutHeight, block.OutWidth);
        return OnnxHeads.Average(graph, mean, logits, exit);
    }

    // What an exit answers with is the mean so far, where there is one.
    private string? MeanAfter(string answer) => _model.Spec.AveragesHeads ? answer : null;

    /// <summary>An exit: either its own answer, with nothing run behind it, or all the rest.</summary>
    private Rest Leave(OnnxGraph graph, string x, int exit, string answer, List<string> opens, List<double> bodies, long always)
    {
        var after = _model.Spec.Exits[exit].AfterBlock;
        int left = _model.Blocks.Blocks.Count - after - 1, classes = _model.Spec.Classes;
        var score = OnnxHeads.Probabilities(graph, answer);
        var best = graph.Node("ReduceMax", [score], OnnxGraph.Attribute("axes", [1]), OnnxGraph.Attribute("keepdims", 1L));
        var leaves = graph.Node("GreaterOrEqual", [best, graph.Constant([_model.Policy.ConfidenceOf(exit)], 1, 1)]);

        var leave = graph.Branch($"exit{exit}_taken");
        var nothing = (Path: leave.Constant(new double[left], 1, left), Fraction: leave.Constant([0.0], 1, 1));
        Return(leave, new Rest(score, nothing.Path, nothing.Fraction, Acceptance(leave, exit, x, answer, score)), classes, left);
        var stay = graph.Branch($"exit{exit}_passed");
        Return(stay, Walk(stay, x, after + 1, 0, MeanAfter(answer)), classes, left);

        var count = _refusal.IsOfHead ? 4 : 3;
        var results = graph.Nodes(
            "If", [leaves], count, OnnxGraph.Attribute("then_branch", leave), OnnxGraph.Attribute("else_branch", stay));
        var path = graph.Node("Concat", opens, OnnxGraph.Attribute("axis", 1L));
        var fraction = graph.Node("Add", [Fraction(graph, path, bodies, always), results[2]]);
        var whole = graph.Node("Concat", [path, results[1]], OnnxGraph.Attribute("axis", 1L));
        return new Rest(results[0], whole, fraction, count > 3 ? results[3] : null);
    }

    private static void Return(OnnxGraph branch, Rest rest, int classes, int blocks)
    {
        branch.Result(rest.Score, 1, classes);
        branch.Result(rest.Path, 1, blocks);
        branch.Result(rest.Fraction, 1, 1);
        if (rest.Acceptance is { } acceptance)
        {
            branch.Result(acceptance, 1, 1);
        }
    }

    private string Fraction(OnnxGraph graph, string path, List<double> bodies, long always)
        => graph.Node(
            "Add",
            [graph.Node("MatMul", [path, graph.Constant(bodies, bodies.Count, 1)]), graph.Constant([(double)always / _cost.Full], 1, 1)]);

    /// <summary>Names of the values that the blocks from some block on yield.</summary>
    private sealed record Rest(string Score, string Path, string Fraction, string? Acceptance);
}
