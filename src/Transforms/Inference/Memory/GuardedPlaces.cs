namespace AdaptiveInference.ML.Transforms.Inference.Memory;

/// <summary>
/// Places in an arena for tests: every map and vector has a guard page behind it, so that reading or writing beyond it faults and does not
/// only damage its neighbour.
/// </summary>
internal sealed unsafe class GuardedPlaces(MemoryGuard guard)
{
    private readonly List<(FeatureMap Map, long Start, long Room)> _maps = [];
    private readonly Dictionary<FeatureMap, long> _beyond = [];
    private readonly List<long> _holes = [];

    /// <summary>Floats that are taken.</summary>
    public long Length { get; private set; }

    /// <summary>A place for a vector; the result is its offset.</summary>
    public long Vector(long length)
    {
        var (start, room) = Take(length);
        return guard.IsBehind ? start + room - length : start;
    }

    /// <summary>A place for a map, within which <see cref="Settle"/> moves it once it is known how far kernels read behind it.</summary>
    public void Map(FeatureMap map)
    {
        var (start, room) = Take(map.Length + guard.Page);
        map.MoveTo(start);
        _maps.Add((map, start, room));
    }

    /// <summary>Offset of scratch that ends at a forbidden page below what offsets count from.</summary>
    public long Scratch(long length) => -(guard.Page + length);

    /// <summary>Floats in front of what offsets count from, for scratch of a length.</summary>
    public long ScratchLength(long length) => guard.RoundUp(guard.Page + length);

    /// <summary>Records that a map is read this many floats beyond its end.</summary>
    public void Reads(FeatureMap map, long beyond) => _beyond[map] = Math.Max(_beyond.GetValueOrDefault(map), beyond);

    /// <summary>Moves maps to where they stay. Kernels read a map's offset when they run.</summary>
    public void Settle()
    {
        foreach (var (map, start, room) in guard.IsBehind ? _maps : [])
        {
            map.MoveTo(start + room - map.Length - Math.Max(0, _beyond.GetValueOrDefault(map) - guard.Shortfall));
        }
    }

    /// <summary>Forbids the pages between places, and those below the first place and every worker's scratch.</summary>
    public void Forbid(object memory, float* origin, long scratch, int workers)
    {
        foreach (var hole in _holes)
        {
            guard.Forbid(memory, origin + hole, guard.Page);
        }

        for (var worker = 0; worker < workers && scratch > 0; worker++)
        {
            guard.Forbid(memory, origin - (worker * scratch) - guard.Page, guard.Page);
        }
    }

    private (long Start, long Room) Take(long length)
    {
        var (start, room) = (Length, guard.RoundUp(length));
        _holes.Add(start + room);
        Length += room + guard.Page;
        return (start, room);
    }
}
