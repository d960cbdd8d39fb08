using System.Globalization;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>
/// Reads the weights of a network from a <c>.safetensors</c> checkpoint with the original projects' or torchvision's names.
/// </summary>
internal static class SafeTensorsCheckpoint
{
    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="ArgumentException">The options describe no network.</exception>
    /// <exception cref="PyTorchImportException">The checkpoint's tensors are not those of the network.</exception>
    /// <exception cref="FormatException">The file is no safetensors file, or is truncated or altered.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImportedNetwork Read(string path, PyTorchImportOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        var (plan, statistics) = options.Describe();
        using var reader = SafeTensorsReader.Open(path);
        if (options.ClassNames is null)
        {
            plan = BlockPlan.Of(plan.Spec with { Classes = Classes(reader, path, plan.Spec) });
            NetworkSizeCheck.Require(plan);
        }

        return new ImportedNetwork(plan, ReadWeights(reader, path, plan), statistics);
    }

    // As many as the last layer has outputs; none where there is no such layer. Names are those of a network of one class.
    private static int Classes(SafeTensorsReader reader, string path, NetworkSpec spec)
    {
        var plan = BlockPlan.Of(spec with { Classes = 1 });
        var map = NameMap.Of(plan);
        var target = ((PooledHeadSpec)plan.Head).Linear.Name + ".weight";
        var source = map.Sources.Single(source => source.Target.Name == target);
        var names = WrapperPrefixes.Of(reader.Entries.Values, map.Sources.SelectMany(other => other.Names).Concat(map.Ignored).ToHashSet());
        if (source.Names.Select(name => names.Entries.GetValueOrDefault(name)).FirstOrDefault(entry => entry is not null) is not { } entry)
        {
            return 0;
        }

        return entry.Shape is [>= 1 and <= NetworkSpec.MaximumClasses and var classes, ..]
            ? (int)classes
            : throw new PyTorchImportException(
                path,
                Describe(spec),
                names.Note,
                [],
                [],
                [
                    $"{source.Names[0]}: expected 1 to {NetworkSpec.MaximumClasses} classes by {source.Target.Shape[1]} features, "
                        + $"got [{string.Join(", ", entry.Shape)}]",
                ]);
    }

    private static NetworkWeights ReadWeights(SafeTensorsReader reader, string path, BlockPlan plan)
    {
        var map = NameMap.Of(plan);
        var known = map.Sources.SelectMany(source => source.Names).Concat(map.Ignored).ToHashSet();
        var names = WrapperPrefixes.Of(reader.Entries.Values, known);
        var entries = names.Entries;
        var missing = map.Sources
            .Where(source => !source.Names.Any(entries.ContainsKey)).Select(source => string.Join(" or ", source.Names)).ToList();
        var unexpected = entries.Keys.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal).ToList();
        var invalid = (from source in map.Sources
                       from name in source.Names
                       where entries.ContainsKey(name)
                       let problem = ProblemOf(entries[name], source.Target)
                       where problem is not null
                       select $"{name}: {problem}").ToList();

        // Values are read only when every name, shape and type is right, so a wrong file costs its header and no more.
        var values = new Dictionary<string, float[]>(map.Sources.Count);
        if (missing.Count + unexpected.Count + invalid.Count == 0)
        {
            foreach (var source in map.Sources)
            {
                var copies = source.Names.Where(entries.ContainsKey).ToArray();
                var first = reader.Read(entries[copies[0]]);
                values.Add(source.Target.Name, first);
                invalid.AddRange(ContentProblems(copies[0], source.Target, first));
                invalid.AddRange(copies.Skip(1).Where(name => !reader.Read(entries[name]).AsSpan().SequenceEqual(first))
                    .Select(name => $"{name}: differs from {copies[0]}, of which it must be a copy"));
            }
        }

        return missing.Count + unexpected.Count + invalid.Count == 0
            ? new NetworkWeights(plan, values)
            : throw new PyTorchImportException(path, Describe(plan.Spec), names.Note, missing, unexpected, invalid);
    }

    private static string? ProblemOf(SafeTensorsEntry entry, TensorSpec target)
    {
        if (!SafeTensorsTypes.IsReadable(entry.Type))
        {
            return $"expected type {SafeTensorsTypes.Readable}, got {entry.Type}";
        }

        // A 1×1 convolution of a pooled map is our linear layer.
        var shape = entry.Shape.Count == 4 && target.Shape.Count == 2 && entry.Shape[2] == 1 && entry.Shape[3] == 1
            ? entry.Shape.Take(2)
            : entry.Shape;
        return shape.SequenceEqual(target.Shape.Select(size => (long)size))
            ? null
            : $"expected [{string.Join(", ", target.Shape)}], got [{string.Join(", ", entry.Shape)}]";
    }

    private static IEnumerable<string> ContentProblems(string name, TensorSpec target, float[] values)
    {
        if (Array.FindIndex(values, value => !float.IsFinite(value)) is >= 0 and var index)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{name}: value {index} is {values[index]}, expected finite values");
        }
        else if (target.IsVariance && Array.Exists(values, value => value < 0))
        {
            yield return $"{name}: a variance is negative";
        }
    }

    private static string Describe(NetworkSpec spec)
        => (spec.Network == NetworkKind.SkipNet ? $"SkipNet with {spec.Gate} gates" : spec.Network.ToString())
            + $" over {spec.Architecture} for {spec.Image} images and {(spec.Classes == 0 ? "no" : spec.Classes)} classes";
}
