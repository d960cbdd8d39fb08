using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>
/// Runs kernels over zeros while the first model of a process is still being read: much of the time from a model's file to its first
/// prediction is their just-in-time compilation, and a second core can do that meanwhile.
/// </summary>
/// <remarks>
/// Which network is in the file is not known yet, so these are the kernels of CIFAR networks, which share most of theirs with all others.
/// Compilation is all that is wanted; nothing reads the result.
/// </remarks>
internal static class WarmUp
{
    private static int s_started;

    /// <summary>Starts in the background, for the first model of the process only, and where there is a second core.</summary>
    /// <returns>Completes with it, and never fails; null when nothing was started.</returns>
    public static Task? StartOnce()
        => Environment.ProcessorCount == 1 || Interlocked.Exchange(ref s_started, 1) != 0 ? null : Start(() => Run(VectorWidthChoice.Best));

    /// <summary>Starts an action on a thread of its own: setting up the thread pool for it would take longer.</summary>
    internal static Task Start(Action warmUp) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                warmUp();
            }
            catch (Exception)
            {
                // An error here occurs once more when the model itself is compiled, where it is reported.
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>Runs every kernel once.</summary>
    internal static unsafe void Run(VectorWidth width)
    {
        var kernels = KernelsOfWidth.Of(width);
        var layout = new ArenaLayout(width);
        var convolutions = Convolutions(kernels, layout);
        var map = layout.Map(layout.Lanes, height: 1, width: 1);
        var state = layout.Vector(4 * layout.Lanes);
        var arena = new Arena(layout);
        foreach (var convolution in convolutions)
        {
            convolution.Run(arena.Origin, Epilogue.Relu);
        }

        kernels.Sum(arena.Origin, map);
        kernels.LstmStep(arena.Origin + state, arena.Origin + state, arena.Origin + state, layout.Lanes);

        // Kernels work with raw pointers into what these keep.
        GC.KeepAlive(convolutions);
        GC.KeepAlive(arena);
    }

    /// <summary>The kinds of convolutions of a CIFAR network for images of 32×32, the stage of each in turn.</summary>
    internal static Convolution[] Convolutions(KernelsOfWidth kernels, ArenaLayout layout)
    {
        var spec = new NetworkSpec
        {
            Network = NetworkKind.ResNet,
            Architecture = ResNetArchitecture.Cifar(8),
            Image = new ImageShape(3, 32, 32),
            Classes = 2,
        };
        var algorithms = new ConvolutionAlgorithmChoice(BlockPlan.Of(spec), kernels.Width);
        var image = layout.Image(spec.Image, border: 1);
        FeatureMap first = layout.Map(16, 32, 32), second = layout.Map(32, 16, 16), third = layout.Map(64, 8, 8);
        return
        [
            Of(first, first),
            Of(image, first),
            Of(first, second),
            Of(first, second, side: 1),
            Of(second, second),
            Of(third, third),
        ];

        Convolution Of(FeatureMap from, FeatureMap to, int side = 3)
        {
            var zeros = new double[to.Channels];
            var layer = new FoldedConvolution(
                to.Channels,
                from.Channels,
                side,
                stride: from.Height / to.Height,
                new float[to.Channels * from.Channels * side * side],
                zeros,
                zeros);
            return kernels.Convolution(layer, from, to, algorithms.For(layer, from, to), layout);
        }
    }
}
