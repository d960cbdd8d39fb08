using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace AdaptiveInference.ML.Benchmarks.Kernels;

/// <summary>
/// Two operations per multiply–accumulate of the mathematics ÷ mean time. Winograd's algorithms need fewer multiplications than that, so
/// theirs may exceed what the processor can do.
/// </summary>
internal sealed class GflopsColumn : IColumn
{
    public string Id => nameof(GflopsColumn);

    public string ColumnName => "GFLOPS";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "2 · multiply–accumulates of the mathematics ÷ mean time";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        => summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? (2 * ((KernelCase)benchmarkCase.Parameters[nameof(KernelBenchmarks.Case)]).Macs / statistics.Mean)
                .ToString("F1", CultureInfo.InvariantCulture)
            : "";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
