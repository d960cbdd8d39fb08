using BenchmarkDotNet.Attributes;

namespace AdaptiveInference.ML.Benchmarks.Kernels;

/// <summary>Single kernels, one after another, everything they touch in the caches.</summary>
public class KernelBenchmarks
{
    [ParamsSource(nameof(Cases))]
    public KernelCase Case { get; set; } = null!;

    public static IEnumerable<KernelCase> Cases => KernelCase.All();

    [GlobalSetup]
    public void Prepare() => Case.Prepare();

    [Benchmark]
    public void Run() => Case.Run();
}
