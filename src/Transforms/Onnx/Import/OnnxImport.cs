using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Limits;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// Makes a network of what <see cref="ResidualGraph"/> recognised: its architecture first, then, layer by layer, its weights.
/// </summary>
internal sealed class OnnxImport
{
    private readonly OnnxNodes _nodes;
    private readonly ResidualGraph _graph;
    private readonly OnnxImportOptions _options;
    private readonly OnnxInput _input;

    private OnnxImport(OnnxNodes nodes, OnnxInput input, OnnxImportOptions options)
    {
        _nodes = nodes;
        _input = input;
        _options = options;
        _graph = ResidualGraph.Of(nodes, input);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">
    /// It is no ONNX file, damaged, or holds no network that can be imported; the message says where not.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// The options do not go with it, or the network is larger than <see cref="ResourceLimits"/> allow.
    /// </exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <returns>The network, and the names of its classes.</returns>
    public static (ImportedNetwork Network, IReadOnlyList<string> Classes) Read(string path, OnnxImportOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var model = OnnxFile.Read(path);
        try
        {
            var nodes = new OnnxNodes(model.Graph, OnnxVersion.OperatorSet(model));
            var network = new OnnxImport(nodes, OnnxInput.Of(nodes), options).Network();
            return (network, options.ClassNames ?? OnnxClassNames.Of(model, network.Plan.Spec.Classes));
        }
        catch (FormatException error)
        {
            throw new FormatException($"'{path}' holds no residual network that can be imported: {error.Message}.", error);
        }
        catch (NetworkTooLargeException error)
        {
            throw new NetworkTooLargeException($"'{path}' asks for too much: {error.Message}");
        }
    }

    private ImportedNetwork Network()
    {
        var architecture = OnnxArchitecture.Of(_graph);
        var classifier = OnnxClassifier.Of(_nodes, _graph);
        _input.CheckChannels(_graph.Stem);
        var channels = checked((int)_graph.Stem.Shape[1]);
        var classes = classifier?.Classes ?? 0;
        _options.Check(channels, classes);
        var image = _options.ImageShape ?? _input.Shape(channels, architecture.Style);
        var spec = new NetworkSpec
        {
            Network = NetworkKind.ResNet, Architecture = architecture, Image = image, Classes = classes,
        };
        var plan = BlockPlan.Of(spec);
        NetworkSizeCheck.Require(plan);
        OnnxArchitecture.Check(_graph, plan, BlockPlan.Of(spec with { Image = _input.Shape(channels, architecture.Style) }));
        var values = new Dictionary<string, float[]>();
        var weights = new OnnxWeights(_nodes, values);
        weights.Add(plan.Stem.Convolution, _graph.Stem);
        foreach (var block in plan.Blocks)
        {
            var found = _graph.Blocks[block.Index];
            for (var layer = 0; layer < block.Body.Count; layer++)
            {
                weights.Add(block.Body[layer], found.Body[layer]);
            }

            if (block.Projection is { } projection)
            {
                weights.Add(projection, found.Projection!);
            }
        }

        classifier?.AddTo(values, (PooledHeadSpec)plan.Head, plan.FeatureChannels);
        var statistics = OnnxNormalisation.Of(_nodes, _graph.Normalisation, channels, _options);
        if (_options.ChannelOrder == ChannelOrder.Bgr)
        {
            ReverseInputs(values[plan.Stem.Convolution.Name + ".weight"], plan.Stem.Convolution);
        }

        return new ImportedNetwork(plan, new NetworkWeights(plan, values), statistics);
    }

    // The first convolution reads its channels by number, so the pixels may stay in their order.
    private static void ReverseInputs(float[] weights, ConvolutionSpec stem)
    {
        var taps = stem.Kernel * stem.Kernel;
        for (var output = 0; output < stem.Outputs; output++)
        {
            var filter = weights.AsSpan(output * stem.Inputs * taps, stem.Inputs * taps);
            for (var tap = 0; tap < taps; tap++)
            {
                (filter[tap], filter[(2 * taps) + tap]) = (filter[(2 * taps) + tap], filter[tap]);
            }
        }
    }
}
