namespace AdaptiveInference.ML.Benchmarks.Models;

/// <summary>
/// Chooses what each gate looks at. Random functions of random features mostly follow the brightness of the image, and gates that all
/// follow one quantity take a handful of paths; so each gate gets the function that the gates before it explain least.
/// </summary>
internal static class GateDirections
{
    private const int Probes = 12;
    private const int Candidates = 300;

    // Small enough that what a gate looks at can be read back exactly.
    private const float ProbeScale = 0.05f;

    public static void Choose(TunableGates gates, IReadOnlyList<float[]> images)
    {
        var random = new Random(3);
        var probes = Enumerable.Range(0, Probes)
            .Select(_ => gates.Gated.ToDictionary(
                block => block.Index, block => Normals(random, block.InChannels, ProbeScale / block.InChannels)))
            .ToArray();
        var looks = new List<double[][]>();
        foreach (var probe in probes)
        {
            foreach (var block in gates.Gated)
            {
                probe[block.Index].CopyTo(gates.Direction(block));
                gates.Bias(block) = 0;
            }

            looks.Add(gates.Look(images, force: true));
        }

        var explained = new List<double[]>();
        foreach (var block in gates.Gated)
        {
            var seen = looks.ConvertAll(look => Centred(look[block.Index]));
            var best = Enumerable.Range(0, Candidates)
                .Select(_ => Normals(random, Probes, 1))
                .MaxBy(mix => Unexplained(Mixed(seen, mix), explained))!;
            var signal = Mixed(seen, best);
            Remove(signal, explained);
            var length = Math.Sqrt(Dot(signal, signal));
            explained.Add([.. signal.Select(value => value / length)]);
            gates.Direction(block).Clear();
            for (var probe = 0; probe < Probes; probe++)
            {
                var weights = probes[probe][block.Index];
                for (var channel = 0; channel < weights.Length; channel++)
                {
                    gates.Direction(block)[channel] += best[probe] * weights[channel];
                }
            }
        }
    }

    private static double Unexplained(double[] signal, List<double[]> explained)
    {
        var whole = Dot(signal, signal);
        Remove(signal, explained);
        return Dot(signal, signal) / whole;
    }

    private static void Remove(double[] signal, List<double[]> explained)
    {
        foreach (var direction in explained)
        {
            var share = Dot(signal, direction);
            for (var i = 0; i < signal.Length; i++)
            {
                signal[i] -= share * direction[i];
            }
        }
    }

    private static double[] Mixed(List<double[]> seen, float[] mix)
    {
        var result = new double[seen[0].Length];
        for (var k = 0; k < mix.Length; k++)
        {
            for (var i = 0; i < result.Length; i++)
            {
                result[i] += mix[k] * seen[k][i];
            }
        }

        return result;
    }

    private static double[] Centred(double[] values)
    {
        var mean = values.Average();
        return [.. values.Select(value => value - mean)];
    }

    private static double Dot(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();

    private static float[] Normals(Random random, int count, float deviation)
        => [.. Enumerable.Range(0, count).Select(_ =>
            deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
}
