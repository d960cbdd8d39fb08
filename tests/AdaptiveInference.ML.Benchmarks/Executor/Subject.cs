using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace AdaptiveInference.ML.Benchmarks.Executor;

/// <summary>One gated network as a plan, and its dense backbone in ONNX Runtime, over the same images.</summary>
internal sealed class Subject : IDisposable
{
    private const int Images = 64;

    private readonly RandomNetwork _network;
    private readonly InferencePlan _plan;
    private readonly InferencePlan _eightBits;
    private readonly InferenceSession _session;
    private readonly InferenceSession _quantised;
    private readonly RunOptions _options = new();
    private readonly OrtValue[] _inputs;
    private readonly float[][] _images;
    private readonly float[] _probabilities;
    private readonly ExecutionTrace _trace;
    private readonly Random _random = new(5);
    private readonly int _cores;

    // At a confidence of 0 every image leaves at the exit; below 1 none does, and its head is computed.
    private readonly ScoringPolicy _leaving = new() { ExitConfidence = [0] };
    private readonly ScoringPolicy _staying = new() { ExitConfidence = [MathF.BitDecrement(1)] };

    public Subject(NetworkSpec spec, VectorWidth width, int cores)
    {
        _cores = cores;
        _network = new RandomNetwork(spec, 1);
        _plan = InferencePlan.Compile(_network.Plan, _network.Weights, _network.Statistics, width);
        var int8 = AnyRanges(_network.Plan, width);
        _eightBits = InferencePlan.Compile(_network.Plan, _network.Weights, _network.Statistics, width, int8: int8);
        _images = [.. Enumerable.Range(0, Images).Select(_ => _network.Image())];
        _probabilities = new float[spec.Classes];
        _trace = new ExecutionTrace(_network.Plan.Blocks.Count);

        // ONNX Runtime at its best for one image: a thread per core, all graph optimisations, values made once.
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = cores,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };

        // Its threads spin for a while after a run, on the cores that the plan's turn is measured on.
        settings.AddSessionConfigEntry("session.force_spinning_stop", "1");
        var dense = OnnxExporter.Export(Dense(spec));
        _session = new InferenceSession(dense.ToByteArray(), settings);
        _quantised = new InferenceSession(QuantisedRival.Of(dense).ToByteArray(), settings);
        long[] shape = [1, spec.Image.Channels, spec.Image.Height, spec.Image.Width];
        _inputs = [.. _images.Select(image => OrtValue.CreateTensorValueFromMemory(image, shape))];
    }

    public int Blocks => _network.Plan.Blocks.Count;

    /// <summary>Whether images leave at an exit, in place of skipping blocks.</summary>
    public bool HasExit => _network.Plan.Exits.Count > 0;

    public long FullMacs => _plan.Cost.Full;

    /// <summary>A pattern that opens gates with a probability, drawn anew for every image: a fixed one would flatter the caches.</summary>
    public bool[] Pattern(double rate) => [.. Enumerable.Range(0, Blocks).Select(_ => _random.NextDouble() < rate)];

    /// <summary>
    /// Scores an image with its gates computed and then overruled, or with its exit computed and taken unless the first block is "open";
    /// the result is the MACs charged.
    /// </summary>
    public long Plan(int image, bool[] pattern) => Run(_plan, image, pattern);

    /// <summary>The same with the convolutions in 8 bits that gain by it.</summary>
    public long EightBits(int image, bool[] pattern) => Run(_eightBits, image, pattern);

    /// <summary>How many convolutions that are, and what multiplies there.</summary>
    public string EightBitConvolutions => $"{_eightBits.ConvolutionsInBytes} convolutions in 8 bits ({_eightBits.EightBitKind})";

    private long Run(InferencePlan plan, int image, bool[] pattern)
    {
        var policy = HasExit ? pattern[0] ? _staying : _leaving : ScoringPolicy.Default;
        if (_cores > 1)
        {
            plan.RunAtOnce(_images[image % Images], policy, _probabilities, _trace, pattern);
        }
        else
        {
            plan.Run(_images[image % Images], policy, _probabilities, _trace, pattern, []);
        }

        return _trace.Macs;
    }

    /// <summary>Runs the dense network in ONNX Runtime.</summary>
    public void Dense(int image)
    {
        using var results = _session.Run(_options, ["image"], [_inputs[image % Images]], ["score"]);
    }

    /// <summary>Runs the dense network in ONNX Runtime, quantised.</summary>
    public void DenseQuantised(int image)
    {
        using var results = _quantised.Run(_options, ["image"], [_inputs[image % Images]], ["score"]);
    }

    /// <summary>Largest difference between the two in the class probabilities of a dense pass: proof that they compute the same.</summary>
    public double Disagreement()
    {
        var worst = 0.0;
        for (var image = 0; image < 8; image++)
        {
            Plan(image, [.. Enumerable.Repeat(true, Blocks)]);
            using var results = _session.Run(_options, ["image"], [_inputs[image]], ["score"]);
            var expected = results[0].GetTensorDataAsSpan<float>();
            for (var i = 0; i < expected.Length; i++)
            {
                worst = Math.Max(worst, Math.Abs(expected[i] - _probabilities[i]));
            }
        }

        return worst;
    }

    public void Dispose()
    {
        foreach (var input in _inputs)
        {
            input.Dispose();
        }

        _options.Dispose();
        _session.Dispose();
        _quantised.Dispose();
    }

    /// <summary>The convolutions that gain; what bytes stand for changes no time.</summary>
    public static Int8Ranges AnyRanges(BlockPlan plan, VectorWidth width)
    {
        float[] values = [.. Enumerable.Range(0, 2 * Int8Ranges.Count(plan)).Select(i => i % 2 == 0 ? 0f : 4)];
        var biases = new Int8Biases(plan, new float[Int8Biases.Count(plan)]);
        return new Int8Ranges(plan, values, Int8SetChoice.Of(plan, width, Int8Choice.FasterHere), biases, new Int8Calibration
        {
            Rows = 1, Range = Int8Range.MinMax, SameAnswers = 1, SameGates = 1, SameExits = 1, MeanDifference = 0,
        });
    }

    private GatedResNetModel Dense(NetworkSpec spec)
    {
        var blocks = BlockPlan.Of(spec with { Network = NetworkKind.ResNet, Exits = [] });
        var weights = WeightLayout.Of(blocks).ToDictionary(tensor => tensor.Name, tensor => _network.Weights[tensor.Name].ToArray());
        var names = Enumerable.Range(0, spec.Classes).Select(i => $"class {i}").ToArray();
        return new GatedResNetModel(
            blocks, new NetworkWeights(blocks, weights), _network.Statistics, ClassLabels.OfNames(names), ScoringPolicy.Default);
    }
}
