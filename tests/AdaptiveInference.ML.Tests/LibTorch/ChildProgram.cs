using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Tests.Networks;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.LibTorch;

/// <summary>What child processes do.</summary>
internal static class ChildProgram
{
    public const string TrainQuietly = "train-quietly";
    public const string StartOnly = "start-only";

    public static int Run(string task)
    {
        switch (task)
        {
            case TrainQuietly:
                Train();
                Console.WriteLine("trained");
                return 0;
            case StartOnly:
                return Start();
            default:
                return 2;
        }
    }

    // Every size of a last batch that a training can meet, with every network.
    private static void Train()
    {
        using var generator = new Generator(StartedSeed());
        foreach (var spec in TestNetworks.Small())
        {
            using var module = new GatedResNetModule(spec.Plan(), 1);
            foreach (var training in new[] { true, false })
            {
                module.train(training);
                for (var batch = training ? 2 : 1; batch <= 32; batch += 1 + (batch / 4))
                {
                    using var scope = NewDisposeScope();
                    using var pass = module.Run(
                        randn([batch, .. spec.Dimensions()], generator: generator), new GumbelSampler(1, generator));
                    if (training)
                    {
                        pass.Logits.sum().backward();
                    }
                }
            }
        }
    }

    private static ulong StartedSeed()
    {
        LibTorchRuntime.Start();
        return 1;
    }

    private static int Start()
    {
        try
        {
            LibTorchRuntime.Start();
            Console.WriteLine("started");
            return 0;
        }
        catch (DllNotFoundException exception)
        {
            Console.WriteLine(exception.Message);
            Console.WriteLine(exception.InnerException is null ? "no cause" : "with cause");
            return 1;
        }
    }
}
