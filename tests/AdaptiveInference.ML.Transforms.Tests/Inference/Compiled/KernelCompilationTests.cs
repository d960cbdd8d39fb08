using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Compiled;

/// <summary>
/// Kernels are compiled at full optimisation at once, but only together with what the compiler inlines into them. What exceeds its budget
/// is compiled on its own, slowly at first: vector operations that are called one by one take up to a hundred times as long for seconds.
/// </summary>
[TestClass]
public sealed class KernelCompilationTests
{
    // Vector operations, and what kernels ask to have inlined, by type without arguments and method.
    private static readonly HashSet<string> Inlined =
    [
        .. typeof(KernelsOfWidth).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(KernelsOfWidth).Namespace)
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(method => method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveInlining) || IsOperation(method))
            .Select(method => $"{method.DeclaringType!.FullName}.{method.Name}"),
    ];

    [TestMethod]
    public async Task Kernels_CompiledForTheFirstTime_HaveEveryVectorOperationInlined()
    {
        // Other tests have run kernels before: a second copy of the library has all of its compilation ahead.
        var copy = new Copy();
        var run = copy.LoadFromAssemblyName(typeof(KernelCompilationTests).Assembly.GetName())
            .GetType(typeof(KernelCompilationTests).FullName!)!
            .GetMethod(nameof(RunNetworks), BindingFlags.Static | BindingFlags.NonPublic)!;
        using var methods = new CompiledMethods();

        run.Invoke(null, null);

        // Events arrive some time later, in order.
        var waited = Stopwatch.StartNew();
        while (!methods.Names.Any(name => name.EndsWith(nameof(LastOfAll), StringComparison.Ordinal)))
        {
            Assert.IsTrue(waited.Elapsed < TimeSpan.FromMinutes(10), "No event of the last method.");
            await Task.Delay(50);
        }

        var names = methods.Names.ToArray();
        Assert.IsTrue(
            names.Any(name => name.Contains("LstmCell") && name.EndsWith(".Step", StringComparison.Ordinal)), "No event of a kernel.");
        var alone = names.Where(name => Inlined.Contains(name.Split('[')[0] + name[name.LastIndexOf('.')..])).Distinct().ToArray();
        Assert.IsEmpty(alone, string.Join(", ", alone));
    }

    private static bool IsOperation(MethodInfo method)
        => method.IsStatic
            && method.DeclaringType!.GetInterfaces().Any(type => type.Name == typeof(ISimd<>).Name)
            && method.Name is not ("get_" + nameof(ISimd<float>.Lanes)) and not ("get_" + nameof(ISimd<float>.HasManyRegisters));

    private static void RunNetworks()
    {
        NetworkSpec[] specs =
        [
            .. Enum.GetValues<GateKind>().Select(gate => Spec(NetworkKind.SkipNet, ResNetArchitecture.Cifar(8), 32, gate)),
            Spec(NetworkKind.SkipNet, ResNetArchitecture.Cifar(8), 28),
            Spec(NetworkKind.ConvNetAig, ResNetArchitecture.Cifar(8), 28) with { Head = HeadKind.Grid },
            Spec(NetworkKind.ConvNetAig, ResNetArchitecture.ImageNet(18), 64),
            Spec(NetworkKind.ConvNetAig, ResNetArchitecture.ImageNet(50), 64),
        ];
        var plans = specs.Select(spec => new RandomNetwork(spec, seed: 1)).Select(network => (
            Network: network,
            Plans: VectorWidthChoice.Available.Select(
                width => InferencePlan.Compile(network.Plan, network.Weights, network.Statistics, width)).ToArray())).ToArray();

        // Long enough for what only hands on to kernels to be compiled again, which must not take kernels apart.
        var since = Stopwatch.StartNew();
        for (var round = 0; round < 40 || since.Elapsed < TimeSpan.FromSeconds(3); round++)
        {
            foreach (var (network, widths) in plans)
            {
                foreach (var plan in widths)
                {
                    PlanAssert.Run(plan, network.Image(), ScoringPolicy.Default);
                }
            }
        }

        LastOfAll();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LastOfAll()
    {
    }

    private static NetworkSpec Spec(NetworkKind network, ResNetArchitecture architecture, int side, GateKind gate = GateKind.Recurrent)
        => PlanAssert.Spec(network, gate, architecture, new ImageShape(3, side, side));

    /// <summary>Loads this test and the library once more; all else is shared.</summary>
    private sealed class Copy() : AssemblyLoadContext("kernels compiled anew")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
            => assemblyName.Name == typeof(InferencePlan).Assembly.GetName().Name
                || assemblyName.Name == typeof(KernelCompilationTests).Assembly.GetName().Name
                ? LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll"))
                : null;
    }

    /// <summary>Full names of all methods that the process compiles.</summary>
    private sealed class CompiledMethods : EventListener
    {
        private const EventKeywords Jit = (EventKeywords)0x10;

        public ConcurrentQueue<string> Names { get; } = new();

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
            {
                EnableEvents(eventSource, EventLevel.Verbose, Jit);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) == true)
            {
                Names.Enqueue($"{Of("MethodNamespace")}.{Of("MethodName")}");
            }

            object? Of(string name) => eventData.Payload![eventData.PayloadNames!.IndexOf(name)];
        }
    }
}
