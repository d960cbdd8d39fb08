using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Images;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Memory;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Tests.Inference.Execution;
using AdaptiveInference.ML.Transforms.Tests.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Tests.Inference.Kernels.Linear;
using AdaptiveInference.ML.Transforms.Tests.Inference.Kernels;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>What runs between guard pages, and faults that must end the process there.</summary>
internal static unsafe class GuardedProgram
{
    /// <summary>What the process writes when it comes to its end.</summary>
    public const string Done = "came to the end";

    /// <summary>Kinds of faults, each done once.</summary>
    public static readonly Dictionary<string, (bool IsBehind, Action Run)> Faults = new()
    {
        ["read behind"] = (true, () => Use(new AlignedBuffer(100), buffer => Read(buffer.Pointer + 100))),
        ["write behind"] = (true, () => Use(new AlignedBuffer(100), buffer => buffer.Pointer[100] = 1)),
        ["read before"] = (false, () => Use(new AlignedBuffer(100), buffer => Read(buffer.Pointer - 1))),
        ["write before"] = (false, () => Use(new AlignedBuffer(100), buffer => buffer.Pointer[-1] = 1)),
        ["vector behind a vector of the arena"] = (true, () => InArena((arena, map, vector) => Read(arena + vector + 16))),
        ["below a vector of the arena"] = (false, () => InArena((arena, map, vector) => Read(arena + vector - 1))),
        ["behind a map of the arena"] = (true, () => InArena((arena, map, vector) => Read(arena + map.Start + map.Length))),
        ["above a map of the arena"] = (false, () => InArena((arena, map, vector) => Read(arena + map.Start - 1))),
        ["behind scratch"] = (true, () => InArena((arena, map, vector) => Read(arena - 1))),
        ["a weight behind the last"] = (true, () => Linear(inputs: 8, given: 7)),
        ["a row of an image too short"] = (true, () => Resample(width: 21, given: 20)),
        ["memory that nobody keeps"] = (true, Dangling),
    };

    /// <summary>Runs what the arguments name; the result is 0 if it came to its end.</summary>
    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["fault", var name]:
                MemoryGuard.Current = new GuardPages(Faults[name].IsBehind);
                Faults[name].Run();
                break;
            case ["within"]:
                Within();
                break;
            case ["short", var kernel, var shortfall]:
                MemoryGuard.Current = new GuardPages(isBehind: true, int.Parse(shortfall));
                ReadFar(kernel);
                break;
            case [var what, var side]:
                MemoryGuard.Current = new GuardPages(isBehind: side == "behind");
                var count = what switch
                {
                    "kernels" => Kernels(),
                    "networks" => WhileCollecting(Networks),
                    "images" => WhileCollecting(() => TestClassRunner.Run(typeof(GuardedImages), Announce)),
                    _ => throw new ArgumentOutOfRangeException(nameof(args), what, "There are no such tests."),
                };
                Console.WriteLine($"{count} tests");
                break;
        }

        Console.WriteLine(Done);
        return 0;
    }

    private static int Kernels()
        => TestClassRunner.Run(typeof(ConvolutionTests), Announce)
            + TestClassRunner.Run(typeof(EightBitConvolutionTests), Announce)
            + TestClassRunner.Run(typeof(PoolingTests), Announce)
            + TestClassRunner.Run(typeof(LinearAndLstmTests), Announce);

    private static int Networks()
        => TestClassRunner.Run(typeof(InferencePlanTests), Announce)
            + TestClassRunner.Run(typeof(InferencePlanThreadingTests), Announce, name => !name.Contains("Allocates"))
            + TestClassRunner.Run(typeof(EightBitPlanTests), Announce, name => !name.Contains("Allocates"))
            + TestClassRunner.Run(typeof(GuardedNetworks), Announce);

    // What is freed too early is gone at once where another thread collects garbage as fast as it can.
    private static int WhileCollecting(Func<int> run)
    {
        using var end = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Thread.Sleep(1);
            }
        });
        collector.Start();
        try
        {
            return run();
        }
        finally
        {
            end.Cancel();
            collector.Join();
        }
    }

    // The last line before a fault says in which test it was; the runtime writes where.
    private static void Announce(string test)
    {
        Console.WriteLine(test);
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    /// <summary>The last floats at either end of everything, which may be read and written.</summary>
    private static void Within()
    {
        foreach (var isBehind in (bool[])[true, false])
        {
            MemoryGuard.Current = new GuardPages(isBehind);
            Use(new AlignedBuffer(100), buffer => buffer.Pointer[99] = Read(buffer.Pointer));
            InArena((arena, map, vector) =>
            {
                Read(arena + vector + 15);
                Read(arena + vector);
                Read(arena + map.Start);
                Read(arena + map.Start + map.Length - 1);
            });
            Linear(inputs: 8, given: 8);
            Resample(width: 20, given: 20);
            ReadFar("direct");
            ReadFar("image");
        }
    }

    /// <summary>A kernel whose tiles read far behind the last pixel of a map.</summary>
    private static void ReadFar(string kernel)
    {
        // Rows of seventeen outputs in tiles of sixteen or eight; the last row that is read is the map's last.
        foreach (var width in VectorWidthChoice.Available)
        {
            var layout = new ArenaLayout(width);
            var input = kernel == "image" ? layout.Image(new ImageShape(1, 8, 17), border: 1) : layout.Map(1, 8, 17);
            var output = layout.Map(1, 8, 17);
            var layer = new FoldedConvolution(1, 1, kernel: 3, stride: 1, new float[9], [1], [0]);
            var convolution = KernelsOfWidth.Of(width).Convolution(layer, input, output, ConvolutionAlgorithm.Direct, layout);
            var arena = new Arena(layout);
            convolution.Run(arena.Origin, Epilogue.None);
            GC.KeepAlive((convolution, arena));
        }
    }

    private static void InArena(TouchArena touch)
    {
        var layout = new ArenaLayout(VectorWidth.Bits512);
        layout.Scratch(50);
        var vector = layout.Vector(9);
        var map = layout.Map(3, 5, 7);
        var arena = new Arena(layout);
        touch(arena.Origin, map, vector);
        GC.KeepAlive(arena);
    }

    private static void Linear(int inputs, int given)
    {
        var layer = KernelsOfWidth.Of(VectorWidth.Bits128).Linear(FoldedLinear.Of(new float[inputs], new float[1]));
        AlignedBuffer input = new(given), output = new(4);
        layer.Run(input.Pointer, output.Pointer, relu: false);
        GC.KeepAlive((layer, input, output));
    }

    private static void Resample(int width, int given)
        => Use(new AlignedBuffer(given), row => new ImageResampler(1, width, 1, 5).Add((byte*)row.Pointer));

    private static void Dangling()
    {
        var pointer = Forgotten();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Read(pointer);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float* Forgotten() => new AlignedBuffer(1 << 20).Pointer;

    private static void Use(AlignedBuffer buffer, Action<AlignedBuffer> use)
    {
        use(buffer);
        GC.KeepAlive(buffer);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static float Read(float* at) => *at;

    private delegate void TouchArena(float* arena, FeatureMap map, long vector);
}
