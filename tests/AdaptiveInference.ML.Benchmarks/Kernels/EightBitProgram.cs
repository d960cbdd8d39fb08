using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Benchmarks.Kernels;

/// <summary>
/// Convolutions in 8 bits against those in 32 that a plan would choose, in turns: what each kind of processor gains in which layer. The way
/// from floats to bytes stands by itself.
/// </summary>
internal static class EightBitProgram
{
    private static readonly (int Kernel, int Stride, int Inputs, int Outputs, int Side)[] s_layers =
    [
        (3, 1, 16, 16, 32), (3, 1, 32, 32, 16), (3, 1, 64, 64, 8), (3, 2, 16, 32, 32),
        (3, 1, 64, 64, 56), (3, 1, 128, 128, 28), (3, 1, 256, 256, 14), (3, 1, 512, 512, 7), (3, 1, 512, 512, 3),
        (3, 2, 64, 128, 56), (3, 2, 128, 256, 28), (3, 2, 256, 512, 14), (1, 2, 64, 128, 56), (1, 2, 256, 512, 14),
        (1, 1, 64, 64, 56), (1, 1, 64, 256, 56), (1, 1, 256, 64, 56), (1, 1, 512, 128, 28), (1, 1, 128, 512, 28),
        (1, 1, 1024, 256, 14), (1, 1, 256, 1024, 14), (1, 1, 2048, 512, 7), (1, 1, 512, 2048, 7),
        (1, 2, 256, 512, 56), (1, 2, 512, 1024, 28), (1, 2, 1024, 2048, 14),
    ];

    public static void Run(string[] args)
    {
        var width = args.Length > 0 ? Enum.Parse<VectorWidth>(args[0]) : VectorWidthChoice.Best;
        var kinds = EightBitKernels.Available
            .Where(kernels => kernels.Lanes <= (int)width && kernels.Kind != DotInstructions.Portable).ToList();
        Console.WriteLine($"Microseconds at {width}: 32 bits; GMAC/s; then 32 bits ÷ 8 bits for "
            + $"{string.Join(", ", kinds.Select(kernels => kernels.Kind))} with bytes out, and floats out, w by Winograd's algorithm; "
            + "8-bit GMAC/s of the last; to bytes");
        foreach (var (kernel, stride, inputs, outputs, side) in s_layers)
        {
            Measure(width, kinds, kernel, stride, inputs, outputs, side);
        }
    }

    private static unsafe void Measure(
        VectorWidth width, List<EightBitKernels> kinds, int kernel, int stride, int inputs, int outputs, int side)
    {
        var (layout, random, small) = (new ArenaLayout(width), new Random(1), (side + stride - 1) / stride);
        var (from, to) = (layout.Map(inputs, side, side), layout.Map(outputs, small, small));
        var (bytes, result) = (layout.SharedBytes("from", inputs, side, side), layout.SharedBytes("to", outputs, small, small));
        float[] weights = [.. Enumerable.Range(0, outputs * inputs * kernel * kernel).Select(_ => random.NextSingle() - 0.5f)];
        double[] ones = [.. Enumerable.Repeat(1.0, outputs)];
        var layer = new FoldedConvolution(outputs, inputs, kernel, stride, weights, ones, ones);
        var plan = BlockPlan.Of(new NetworkSpec
        {
            Network = NetworkKind.ResNet, Architecture = ResNetArchitecture.ImageNet(18), Image = new ImageShape(3, 224, 224), Classes = 2,
        });
        var kernels = KernelsOfWidth.Of(width);
        var floats = kernels.Convolution(layer, from, to, new ConvolutionAlgorithmChoice(plan, width).For(layer, from, to), layout);
        List<Convolution> all = [floats];
        List<string> marks = [];
        foreach (var kind in kinds)
        {
            EightBitInput input = new(bytes, new ByteScale(1, 0));
            EightBitOutput toBytes = EightBitOutput.Of(result, new ByteScale(1e4, 0)), toFloats = EightBitOutput.Of(to);
            all.Add(kind.Convolution(layer, input, toBytes));
            all.Add(kind.Convolution(layer, input, toFloats));
            marks.AddRange(["", ""]);
            if (kind.HasWinograd(kernel, stride, inputs, outputs, small, small))
            {
                all.Add(kind.Winograd(layer, input, toBytes, layout));
                all.Add(kind.Winograd(layer, input, toFloats, layout));
                marks.AddRange(["w", "w"]);
            }
        }

        all.Add(EightBitKernels.Quantise(from, bytes, new ByteScale(0.01, 0)));
        var arena = new Arena(layout);
        var macs = (double)kernel * kernel * inputs * outputs * small * small;
        var calls = Math.Max(1, (int)(4e6 / macs));
        var times = PairedTiming.Run(
            41, calls, [.. all.Select(way => (Action<int>)(_ => way.Run(arena.Origin, Epilogue.Relu | Epilogue.Add)))]);
        var medians = times.Select(way => PairedTiming.Quantile(way, 0.5)).ToArray();
        var ratios = times[1..^1].Select(way => PairedTiming.Quantile(way.Zip(times[0], (own, other) => other / own), 0.5));
        Console.WriteLine(
            $"{kernel}×{kernel}/{stride} {inputs,4}→{outputs,4} @{small,2}: {medians[0],7:0} µs {macs / medians[0] / 1e3,4:0} | "
            + $"{string.Join(" ", ratios.Zip(marks, (ratio, mark) => $"{mark}{ratio:0.00}".PadLeft(5)))} | {macs / medians[^2] / 1e3,4:0} "
            + $"{macs / medians[^3] / 1e3,4:0} | {medians[^1],5:0} µs");
        GC.KeepAlive((all, arena));
    }
}
