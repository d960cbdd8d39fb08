using System.Security.Cryptography;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx;
using AdaptiveInference.ML.Transforms.Onnx.Protobuf;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AdaptiveInference.ML.Transforms.Tests.Onnx;

/// <summary>Networks in 8 bits in ONNX Runtime against the plan with all convolutions of blocks in 8 bits.</summary>
[TestClass]
public sealed class OnnxQuantisationTests
{
    // A value at the middle between two bytes may become either: a step of 1/255 here and there.
    private const float Tolerance = 0.01f;

    public static IEnumerable<object[]> Networks =>
    [
        [NetworkKind.ResNet, GateKind.Recurrent, ResNetArchitecture.Cifar(14), false],
        [NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(20), false],
        [NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.ImageNet([1, 2, 1], bottleneck: true), false],
        [NetworkKind.SkipNet, GateKind.Recurrent, ResNetArchitecture.Cifar(20), true],
        [NetworkKind.ConvNetAig, GateKind.Recurrent, ResNetArchitecture.ImageNet([1, 2, 1], bottleneck: true), true],
    ];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Export_InEightBits_RunsInOnnxRuntimeAsInThePlan(
        NetworkKind network, GateKind gate, ResNetArchitecture architecture, bool partly)
    {
        var spec = new NetworkSpec
        {
            Network = network, Gate = gate, Architecture = architecture, Image = new ImageShape(3, 33, 26),
            Classes = TestModels.Names.Length, Exits = [new ExitSpec(1, HeadKind.Pooled)],
        };
        var random = new RandomNetwork(spec, 3);
        var images = Enumerable.Range(0, 10).Select(_ => random.Image()).ToArray();
        var floats = InferencePlan.Compile(random.Plan, random.Weights, random.Statistics);
        float[] flags = [.. Enumerable.Range(0, Int8Set.Convolutions(random.Plan)).Select(i => partly && i % 3 == 1 ? 0f : 1)];
        var ranges = RandomRanges.Of(random, floats, new Int8Set(random.Plan, flags), images);
        var policy = new ScoringPolicy { ExitConfidence = [0.5f] };
        var model = new GatedResNetModel(random.Plan, random.Weights, random.Statistics, ClassLabels.OfNames(TestModels.Names), policy)
        {
            Int8 = ranges,
        };
        var plan = InferencePlan.Compile(
            random.Plan, random.Weights, random.Statistics, VectorWidthChoice.Best, int8: ranges, use: EightBitUse.Always);
        var exported = OnnxExporter.Export(model);
        using var session = new InferenceSession(exported.ToByteArray());
        var (compared, changed) = (0, 0.0);
        foreach (var image in images)
        {
            var (probabilities, _, trace) = PlanAssert.Run(plan, image, policy);
            var tensor = new DenseTensor<float>(image, [1, 3, 33, 26]);
            using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("image", tensor)]);
            var byName = outputs.ToDictionary(output => output.Name, output => output.AsEnumerable<float>().ToArray());
            var path = Array.ConvertAll(trace.Ran.ToArray(), ran => ran ? 1f : 0);

            // A step may turn a gate that is undecided, or an exit.
            if (IsClose(trace, probabilities))
            {
                continue;
            }

            CollectionAssert.AreEqual(path, byName["execution_path"]);
            for (var c = 0; c < probabilities.Length; c++)
            {
                Assert.AreEqual(probabilities[c], byName["score"][c], Tolerance);
            }

            changed += Math.Abs(PlanAssert.Run(floats, image, policy).Probabilities[0] - probabilities[0]);
            compared++;
        }

        Assert.AreEqual((int)flags.Sum(), QuantisedWeights(exported.Graph));
        Assert.IsGreaterThan(2, compared);
        Assert.IsGreaterThan(0, changed, "Nothing was in 8 bits.");
    }

    // Each convolution's have four dimensions; a projection stands in both branches of a block that may be skipped.
    private static int QuantisedWeights(GraphProto graph)
    {
        return Within(graph).Distinct().Count();

        static IEnumerable<string> Within(GraphProto graph)
            => graph.Initializer.Where(tensor => tensor.DataType == (int)TensorProto.Types.DataType.Int8 && tensor.Dims.Count == 4)
                .Select(tensor => $"{string.Join('×', tensor.Dims)} {Convert.ToHexString(SHA256.HashData(tensor.RawData.Span))}")
                .Concat(graph.Node.SelectMany(node => node.Attribute).Where(attribute => attribute.G is not null)
                    .SelectMany(attribute => Within(attribute.G)));
    }

    private static bool IsClose(ExecutionTrace trace, float[] probabilities)
        => trace.GateProbability.ToArray().Any(p => Math.Abs(p - 0.5f) < 0.02) || Math.Abs(probabilities.Max() - 0.5f) < 0.02;
}
