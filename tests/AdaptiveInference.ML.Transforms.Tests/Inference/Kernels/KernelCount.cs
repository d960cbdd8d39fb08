using System.Reflection;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Tiles;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;
using AdaptiveInference.ML.Transforms.Inference.Kernels;
using AdaptiveInference.ML.Transforms.Inference.Simd;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Kernels;

/// <summary>Counts which kernels convolutions were made of, so that a test notices one that it never ran.</summary>
internal sealed class KernelCount
{
    private readonly Dictionary<VectorWidth, HashSet<string>> _reached = [];

    /// <summary>Notes what a convolution runs: its kernel and the tile, step or products that it is made of.</summary>
    public void Add(VectorWidth width, Convolution convolution)
    {
        if (!_reached.TryGetValue(width, out var names))
        {
            _reached.Add(width, names = []);
        }

        names.Add(Describe(convolution));
    }

    /// <summary>Fails unless exactly the kernels that there are for an algorithm have been run at every width of this machine.</summary>
    public void AssertAll(ConvolutionAlgorithm algorithm, int kernel, int stride, bool image)
    {
        foreach (var width in VectorWidthChoice.Available)
        {
            var expected = Expected(algorithm, kernel, stride, image, HasManyRegisters(width)).Order().ToArray();
            var reached = _reached[width].Order().ToArray();

            // Planar images have a loop for each of the kernels 3 and 7, and one for all others.
            if (image && !HasManyRegisters(width))
            {
                Assert.HasCount(1, reached.Intersect(Unrolled), $"{width}");
                (expected, reached) = ([.. expected.Except(Unrolled)], [.. reached.Except(Unrolled)]);
            }

            CollectionAssert.AreEqual(
                expected, reached, $"{width}: expected {string.Join(", ", expected)}, ran {string.Join(", ", reached)}");
        }
    }

    /// <summary>
    /// Fails when there is a kernel that <see cref="AssertAll"/> would not miss; those in 8 bits are listed by <see
    /// cref="EightBitKernels"/>.
    /// </summary>
    public static void AssertNoneIsUnknown()
    {
        var known = from algorithm in Enum.GetValues<ConvolutionAlgorithm>()
                    from kernel in (int[])[1, 3]
                    from stride in (int[])[1, 2]
                    from image in (bool[])[false, true]
                    from many in (bool[])[false, true]
                    from name in Expected(algorithm, kernel, stride, image, many)
                    from part in name.Split(' ')
                    select part;
        var parts = typeof(Convolution).Assembly.GetTypes()
            .Where(type => type.Namespace != typeof(EightBitKernels).Namespace)
            .Where(type => type is { IsAbstract: false, IsInterface: false } && (typeof(Convolution).IsAssignableFrom(type)
                || typeof(WinogradProducts).IsAssignableFrom(type) || typeof(ITile).IsAssignableFrom(type)
                || typeof(IMapTile).IsAssignableFrom(type) || typeof(IUnrolled).IsAssignableFrom(type)
                || typeof(IStep).IsAssignableFrom(type)
                || type.GetInterfaces().Any(contract => contract.Name == typeof(IWinograd<>).Name)))
            .Select(Name);
        CollectionAssert.AreEquivalent(parts.Order().ToArray(), known.Distinct().Order().ToArray());
    }

    private static string[] Unrolled
        => [.. ((string[])["OneInput", "ThreeInputs", "SevenInputs"]).Select(unrolled => $"ImplicitGemmConvolution {unrolled}")];

    private static IEnumerable<string> Expected(
        ConvolutionAlgorithm algorithm, int kernel, int stride, bool image, bool manyRegisters)
    {
        if (algorithm == ConvolutionAlgorithm.Direct)
        {
            var step = (image, stride) switch
            {
                (false, 1) => "NextPixel", (false, _) => "SecondPixel", (true, 1) => "NextValue", (true, _) => "SecondValue",
            };
            string[] tiles = manyRegisters ? ["Tile16x1", "Tile8x1", "Tile4x4", "Tile14x2", "Tile7x2", "Tile8x2"] : ["Tile8x1"];
            var skipsBorder = !image && kernel == 3 && stride == 1;
            string[] maps = !manyRegisters ? [] : skipsBorder ? ["WholeMapTileSide2"] : ["WholeMapTileSide3", "WholeMapTileSide2"];
            string[] inside = skipsBorder ? ["WholeMapConvolution WholeMapTileSide3Inner"] : [];
            string[] others = manyRegisters ? [] : image ? Unrolled : ["ImplicitGemmConvolution FourInputs"];
            return
            [
                .. tiles.Select(tile => $"DirectConvolution {tile} {step}"), .. maps.Select(map => $"WholeMapConvolution {map} {step}"),
                .. inside, .. others,
            ];
        }

        // Filters transformed along one side take the place of tiles of four groups.
        string[] products = (manyRegisters, algorithm) switch
        {
            (false, _) => ["WinogradTiledProducts Tile8x1 NextPixel", "WinogradNarrowProducts"],
            (true, ConvolutionAlgorithm.WinogradF4) =>
                [.. Tiles("Tile16x1", "Tile8x1", "Tile9x2", "Tile7x2", "Tile8x2"), "WinogradRowProducts"],
            _ => Tiles("Tile16x1", "Tile8x1", "Tile9x2", "Tile4x4", "Tile7x2", "Tile8x2"),
        };
        return products.Append("WinogradResidentProducts").Select(product => $"WinogradConvolution {algorithm} {product}");

        static string[] Tiles(params string[] tiles) => [.. tiles.Select(tile => $"WinogradTiledProducts {tile} NextPixel")];
    }

    private static string Describe(Convolution convolution)
    {
        var type = convolution.GetType();
        var products = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .SingleOrDefault(field => field.FieldType == typeof(WinogradProducts))?.GetValue(convolution)?.GetType();
        return string.Join(' ', Parts(type).Concat(products is null ? [] : Parts(products)));
    }

    // A type and the last of its arguments, which is what it is made of besides vectors.
    private static IEnumerable<string> Parts(Type type)
    {
        yield return Name(type);
        if (type.GetGenericArguments() is [_, _, var part])
        {
            foreach (var name in Parts(part))
            {
                yield return name;
            }
        }
    }

    private static string Name(Type type) => type.Name.Split('`')[0];

    private static bool HasManyRegisters(VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => Simd512.HasManyRegisters,
        VectorWidth.Bits256 => Simd256.HasManyRegisters,
        _ => Simd128.HasManyRegisters,
    };
}
