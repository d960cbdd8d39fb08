using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Order;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace AdaptiveInference.ML.Benchmarks.Kernels;

/// <summary><c>kernels</c>: every kernel by itself, by BenchmarkDotNet in this process.</summary>
internal static class KernelProgram
{
    public static void Run(string[] args)
    {
        // No arguments: a kernel alone is measured in two seconds.
        new BenchmarkArguments(args).Choose(Array.Empty<string>(), name => name);
        var folder = Directory.CreateTempSubdirectory("kernels");
        try
        {
            var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
                .WithWarmupCount(4).WithIterationCount(10).WithIterationTime(TimeInterval.FromMilliseconds(60));
            var config = ManualConfig.CreateEmpty().AddJob(job).WithArtifactsPath(folder.FullName)
                .AddColumnProvider(DefaultColumnProviders.Params)
                .AddColumn(StatisticColumn.Mean, StatisticColumn.StdDev, new GflopsColumn())
                .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(60).WithTimeUnit(TimeUnit.Microsecond))
                .WithOrderer(new DefaultOrderer(SummaryOrderPolicy.Declared)).AddLogger(NullLogger.Instance)
                .WithOptions(ConfigOptions.DisableLogFile);
            var summary = BenchmarkRunner.Run<KernelBenchmarks>(config);
            MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
