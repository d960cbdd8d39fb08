using System.Diagnostics;
using AdaptiveInference.ML.Transforms.Tests.Inference;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Benchmarks.Executor;

/// <summary>
/// <c>layers [subject …] [--width 512|256|128] [--rounds 200] [--int8 1]</c>: every convolution of a network while the whole network runs,
/// so that weights come from where they come from in use.
/// </summary>
internal static class LayersProgram
{
    public static void Run(string[] args)
    {
        var arguments = new BenchmarkArguments(args, "width", "rounds", "int8");
        var width = ExecutorProgram.Width(arguments);
        foreach (var (name, spec) in arguments.Choose(ExecutorProgram.Subjects, subject => subject.Name))
        {
            Run(name, spec, width, arguments.Number("rounds", 200), arguments.Number("int8", 0) != 0);
        }
    }

    private static unsafe void Run(string name, NetworkSpec spec, VectorWidth width, int rounds, bool eightBits)
    {
        var network = new RandomNetwork(spec, 1);
        var compiled = new CompiledNetwork(
            network.Plan, network.Weights, new CostModel(network.Plan), KernelsOfWidth.Of(width), workers: 1,
            eightBits ? Subject.AnyRanges(network.Plan, width) : null);
        var arena = new Arena(compiled.Arena);
        var layers = Layers(network.Plan, compiled);
        var times = layers.Select(_ => new double[rounds]).ToArray();
        for (var round = -(rounds / 10) - 1; round < rounds; round++)
        {
            for (var layer = 0; layer < layers.Count; layer++)
            {
                var start = Stopwatch.GetTimestamp();
                layers[layer].Convolution.Run(arena.Origin, Epilogue.Relu);
                if (round >= 0)
                {
                    times[layer][round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                }
            }
        }

        var sums = new double[rounds];
        var pool = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            if (compiled.StemPool is var (window, pooled))
            {
                compiled.Kernels.MaxPool(arena.Origin, compiled.StemOutput, pooled, window.Window, window.Padding);
            }

            pool[round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            start = Stopwatch.GetTimestamp();
            foreach (var block in compiled.Blocks)
            {
                compiled.Kernels.Sum(arena.Origin, block.Input);
            }

            sums[round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        GC.KeepAlive((compiled, arena));
        Console.WriteLine($"\n{name}, {(int)width * 32}-bit vectors\n");
        Console.WriteLine("| convolution | kernel | median µs | best 5 % µs | GFLOPS of the best | GB/s of untransformed weights |");
        Console.WriteLine("|---|---|---|---|---|---|");
        for (var layer = 0; layer < layers.Count; layer++)
        {
            var (shape, convolution) = layers[layer];
            var best = PairedTiming.Quantile(times[layer], 0.05);
            var weights = (double)shape.Inputs * shape.Outputs * shape.Kernel * shape.Kernel;
            Console.WriteLine(
                $"| {shape.Inputs}→{shape.Outputs} {shape.Kernel}×{shape.Kernel}/{shape.Stride} to {shape.OutHeight}×{shape.OutWidth} "
                + $"| {Name(convolution)} | {PairedTiming.Quantile(times[layer], 0.5):F0} | {best:F0} "
                + $"| {2 * weights * shape.OutHeight * shape.OutWidth / best / 1000:F0} | {weights * sizeof(float) / best / 1000:F1} |");
        }

        Console.WriteLine($"| all | | {Sum(0.5):F0} | {Sum(0.05):F0} | | |");

        Console.WriteLine($"| the stem's pool | | {PairedTiming.Quantile(pool, 0.5):F0} | {PairedTiming.Quantile(pool, 0.05):F0} | | |");
        Console.WriteLine($"| sums for all gates | | {PairedTiming.Quantile(sums, 0.5):F0} | {PairedTiming.Quantile(sums, 0.05):F0} | | |");

        double Sum(double fraction) => times.Sum(layer => PairedTiming.Quantile(layer, fraction));
    }

    // The way from floats to bytes stands with the convolution behind it.
    private static List<(ConvolutionSpec Spec, Convolution Convolution)> Layers(BlockPlan plan, CompiledNetwork compiled)
    {
        List<(ConvolutionSpec, Convolution)> layers =
            [.. compiled.Stem.Select(step => (plan.Stem.Convolution, step))];
        foreach (var (block, of) in plan.Blocks.Zip(compiled.Blocks))
        {
            layers.AddRange(of.Shortcut.Select(step => (block.Projection!, step)));
            var next = 0;
            foreach (var step in of.Body)
            {
                layers.Add((block.Body[next], step));
                next += IsConvolution(step) ? 1 : 0;
            }
        }

        return layers;
    }

    private static bool IsConvolution(Convolution step)
        => !step.GetType().IsGenericType || step.GetType().GetGenericTypeDefinition() != typeof(ToBytes<,>);

    // The kernel, and what its last type argument says of it: a tile or an algorithm.
    private static string Name(Convolution convolution)
    {
        var type = convolution.GetType();
        return type.IsGenericType ? $"{Plain(type)} {Plain(type.GetGenericArguments()[^1])}" : type.Name;

        static string Plain(Type type) => type.Name.Split('`')[0];
    }
}
