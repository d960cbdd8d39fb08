namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>
/// The tensors of a checkpoint under the names that the network gives them: without what wrappers put before every name and without their
/// bookkeeping.
/// </summary>
internal sealed class WrapperPrefixes
{
    // Wrappers nest: module._orig_mod.model. has three. The limit bounds the work for names that are made of dots.
    private const int MaximumDepth = 8;

    // Counts and rates of training that nothing reads at inference: of PyTorch's batch-norm, its AveragedModel (SWA and EMA), and the
    // common wrappers of moving averages.
    private static readonly HashSet<string> Bookkeeping =
        ["num_batches_tracked", "n_averaged", "num_updates", "updates", "step", "steps", "global_step", "initted", "decay", "epoch"];

    // What torch.compile, FSDP, DataParallel and activation checkpointing put around a module within the network, such as a single block.
    private static readonly HashSet<string> Wrappers = ["_orig_mod", "_fsdp_wrapped_module", "module", "_checkpoint_wrapped_module"];

    private WrapperPrefixes(IReadOnlyDictionary<string, SafeTensorsEntry> entries, string prefix, string? note)
    {
        Entries = entries;
        Prefix = prefix;
        Note = note;
    }

    /// <summary>The tensors by their names without the prefix.</summary>
    public IReadOnlyDictionary<string, SafeTensorsEntry> Entries { get; }

    /// <summary>What stands before every name, last dot included; empty where nothing does.</summary>
    public string Prefix { get; }

    /// <summary>A sentence about prefixes for the report of a checkpoint that does not match; null where there is nothing to say.</summary>
    public string? Note { get; }

    /// <summary>Finds the prefix of a checkpoint.</summary>
    /// <param name="entries">All tensors of the file.</param>
    /// <param name="known">Names that the network has.</param>
    public static WrapperPrefixes Of(IEnumerable<SafeTensorsEntry> entries, IReadOnlySet<string> known)
    {
        // Bookkeeping goes first: n_averaged stands beside the wrapped network and so lacks the prefix that all else has.
        var parts = known.Select(LastPart).ToHashSet();
        var kept = entries.Where(entry => !IsBookkeeping(entry, parts)).ToList();
        var names = Of(kept, known);
        var unwrapped = kept.ConvertAll(Unwrapped);
        if (names.Entries.Keys.All(known.Contains) || unwrapped.DistinctBy(entry => entry.Name).Count() < kept.Count)
        {
            return names;
        }

        var others = Of(unwrapped, known);
        return others.Entries.Keys.Count(known.Contains) > names.Entries.Keys.Count(known.Contains) ? others : names;
    }

    private static WrapperPrefixes Of(List<SafeTensorsEntry> kept, IReadOnlySet<string> known)
    {
        var (prefix, matches) = Best(kept, known);
        if (prefix.Length == 0)
        {
            return new WrapperPrefixes(kept.ToDictionary(entry => entry.Name), prefix, null);
        }

        // Taken off only when all names have it: two names could become one otherwise. A head outside the backbone is refused too, although
        // its names may fit, because what its owner computes between the two (a norm, another pooling) is not in the file.
        var others = kept.Where(entry => !entry.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(entry => entry.Name).Order(StringComparer.Ordinal).ToList();
        if (others.Count == 0)
        {
            var note = $"All names begin with '{prefix}', which is left out below.";
            return new WrapperPrefixes(kept.ToDictionary(entry => entry.Name[prefix.Length..]), prefix, note);
        }

        // Where few names fit, it is another network, and a prefix is not what is wrong.
        var mixed = 2 * matches >= kept.Count ? Mixed(prefix, kept.Count, others) : null;
        return new WrapperPrefixes(kept.ToDictionary(entry => entry.Name), "", mixed);
    }

    /// <summary>The prefix under which the most names are the network's, of several the shortest: often none.</summary>
    private static (string Prefix, int Matches) Best(List<SafeTensorsEntry> entries, IReadOnlySet<string> known)
    {
        var matches = new Dictionary<string, int>();
        foreach (var name in entries.Select(entry => entry.Name))
        {
            var start = 0;
            for (var depth = 0; depth <= MaximumDepth; depth++)
            {
                if (known.Contains(name[start..]))
                {
                    matches[name[..start]] = matches.GetValueOrDefault(name[..start]) + 1;
                }

                var dot = name.IndexOf('.', start);
                if (dot < 0)
                {
                    break;
                }

                start = dot + 1;
            }
        }

        return matches.Count == 0
            ? ("", 0)
            : matches.OrderByDescending(match => match.Value).ThenBy(match => match.Key.Length)
                .ThenBy(match => match.Key, StringComparer.Ordinal)
                .Select(match => (match.Key, match.Value)).First();
    }

    // A network's own tensor keeps its place even when it is damaged to a scalar, so that the report says what is wrong with it.
    private static bool IsBookkeeping(SafeTensorsEntry entry, HashSet<string> parts)
    {
        var part = LastPart(entry.Name);
        var elements = entry.Shape.Aggregate(1L, (product, size) => product * size);
        return !parts.Contains(part) && elements <= 1 && (Bookkeeping.Contains(part) || (entry.Shape.Count == 0 && IsCount(entry.Type)));
    }

    private static SafeTensorsEntry Unwrapped(SafeTensorsEntry entry)
        => Wrappers.Any(wrapper => entry.Name.Contains(wrapper, StringComparison.Ordinal))
            ? entry with { Name = string.Join('.', entry.Name.Split('.').Where(part => !Wrappers.Contains(part))) }
            : entry;

    private static bool IsCount(string type) => type is "BOOL" || type[0] is 'I' or 'U';

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static string Mixed(string prefix, int count, List<string> others)
        => $"{count - others.Count} of {count} names begin with '{prefix}', but {others.Count} {(others.Count == 1 ? "does" : "do")} not, "
            + $"such as '{others[0]}': a prefix is taken off only when all names have it. Save the one network alone, or rename its "
            + "tensors before saving if nothing else is computed between them.";
}
