using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference;

/// <summary>What the tests of the plan share.</summary>
internal static unsafe class PlanAssert
{
    private const double Tolerance = 1e-4;

    public static NetworkSpec Spec(NetworkKind network, GateKind gate, ResNetArchitecture architecture, ImageShape image)
        => new() { Network = network, Gate = gate, Architecture = architecture, Image = image, Classes = 10 };

    public static (float[] Probabilities, float[] Logits, ExecutionTrace Trace) Run(
        InferencePlan plan, float[] image, ScoringPolicy policy, bool[]? gates = null)
    {
        var probabilities = new float[plan.Blocks.Spec.Classes];
        var logits = new float[probabilities.Length];
        var trace = new ExecutionTrace(plan.Blocks.Blocks.Count);
        if (MemoryGuard.Current is null)
        {
            plan.Run(image, policy, probabilities, trace, gates, logits);
        }
        else
        {
            // What the caller owns is guarded as well.
            AlignedBuffer pixels = new(image.Length), chances = new(probabilities.Length), scores = new(logits.Length);
            image.CopyTo(Span(pixels));
            plan.Run(Span(pixels), policy, Span(chances), trace, gates, Span(scores));
            Span(chances).CopyTo(probabilities);
            Span(scores).CopyTo(logits);
            GC.KeepAlive((pixels, chances, scores));
        }

        return (probabilities, logits, trace);

        static Span<float> Span(AlignedBuffer buffer) => new(buffer.Pointer, (int)buffer.Length);
    }

    /// <summary>Same path, probabilities within 1e-4, logits within 1e-4 of their size.</summary>
    public static void Agrees(ReferenceResult expected, InferencePlan plan, float[] image, ScoringPolicy policy, bool[]? gates = null)
    {
        var (probabilities, logits, trace) = Run(plan, image, policy, gates);
        CollectionAssert.AreEqual(expected.Ran, trace.Ran.ToArray(), "path");
        Assert.AreEqual(expected.ExitTaken, trace.ExitTaken, "exit");
        var scale = Math.Max(1, expected.Logits.Max(Math.Abs));
        for (var i = 0; i < logits.Length; i++)
        {
            Assert.AreEqual(expected.Logits[i] / scale, logits[i] / scale, Tolerance, $"logit {i} of scale {scale}");
            Assert.AreEqual(expected.Probabilities[i], probabilities[i], Tolerance, $"probability {i}");
        }

        for (var i = 0; i < expected.GateProbability.Length; i++)
        {
            Assert.AreEqual(expected.GateProbability[i], trace.GateProbability[i], Tolerance, $"gate {i}");
        }
    }
}
