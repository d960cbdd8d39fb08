using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Inference.Folding;
using AdaptiveInference.ML.Transforms.Inference.Kernels.Winograd;
using AdaptiveInference.ML.Transforms.Inference.Memory;

namespace AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;

/// <summary>
/// 3×3 convolutions of bytes by signed bytes by Winograd's F(4×4, 3×3), in integers: 36 products of 16 bits for 16 outputs in place of 144
/// of 8. The sums are those of <see cref="EightBitConvolution{TIntegers,TVector}"/>, bit for bit.
/// </summary>
/// <remarks>
/// Transformed bytes and weights fit into words whatever they are. All that follows is computed modulo 2³² and gives 24² times the sums,
/// from which they are found. Tiles go through in chunks whose products stay in the cache: the
/// parts of the convolution. Where there are fewer chunks than workers, parts are some outputs of a chunk.
/// </remarks>
internal sealed unsafe class ByteWinograd<TIntegers, TWords, TVector> : Convolution
    where TIntegers : struct, IIntegers<TVector>
    where TWords : struct, IWords<TVector>
    where TVector : struct
{
    private const int Positions = ByteWinogradWeights.Side * ByteWinogradWeights.Side;

    // What words and products of a chunk may occupy: little, so that it stays close to the core; more where reading the weights once more
    // for every chunk would cost more than that.
    private const long FewestBytes = 192 * 1024;
    private const long MostBytes = 1200 * 1024;
    private const int WeightsPerByte = 3;

    private readonly ByteMap _input;
    private readonly EightBitOutput _output;
    private readonly ByteWinogradTiles _tiles;
    private readonly ByteWinogradWeights _weights;
    private readonly AlignedBuffer _start;
    private readonly AlignedBuffer _scale;
    private readonly AlignedBuffer _bias;
    private readonly int _count;
    private readonly int _unit;
    private readonly int _chunk;
    private readonly int _chunks;
    private readonly int _vectors;
    private readonly int _ranges;
    private readonly int _range;
    private readonly ChunkLayout _words;
    private readonly ChunkLayout _products;
    private readonly long _scratch;

    public ByteWinograd(FoldedConvolution layer, EightBitInput from, EightBitOutput output, ArenaLayout arena)
    {
        var (lanes, input) = (TIntegers.Lanes, from.Map);
        WeightPacking.RequireWhole(layer.Inputs, 2 * lanes, "inputs");
        var weights = new ByteWinogradWeights(layer, EightBitConvolution.Vectors * lanes);
        (_input, _output, _weights, _tiles) = (input, output, weights, new ByteWinogradTiles(output.Height, output.Width));
        _vectors = layer.Outputs / lanes;
        _count = _tiles.Count;
        _unit = ByteWinogradProducts<TIntegers, TWords, TVector>.Unit(_count);
        Reach = new Reach(Above: 1, Left: 1, Below: 1, Right: 1, Dropped: 1);
        _start = new AlignedBuffer(layer.Outputs);
        _scale = new AlignedBuffer(layer.Outputs);
        _bias = new AlignedBuffer(layer.Outputs);
        for (var i = 0; i < layer.Outputs; i++)
        {
            ((int*)_start.Pointer)[i] = weights.Start(i, from.From.Zero);
            _scale.Pointer[i] = (float)(from.From.Scale * weights.Scale[i] / output.To.Scale) / ByteWinogradWeights.Factor;
            _bias.Pointer[i] = (float)((layer.Bias[i] / output.To.Scale) + output.To.Zero);
        }

        long bytesPerTile = Positions * ((layer.Inputs * sizeof(short)) + (layer.Outputs * sizeof(int)));
        var bytes = Math.Clamp(weights.Packed.Length * sizeof(float) / WeightsPerByte, FewestBytes, MostBytes);
        var most = (int)Math.Min(Math.Max(bytes / bytesPerTile, _unit), Multiples.Count(_count, arena.Workers));
        _chunk = Multiples.RoundUp(Multiples.Even(_count, Multiples.RoundUp(most, _unit)), _unit);
        _chunks = Multiples.Count(_count, _chunk);

        // Every range transforms the inputs for itself, which takes little of the time where a chunk meets many weights.
        _range = Multiples.RoundUp(
            Multiples.Count(_vectors, Multiples.Count(arena.Workers, _chunks)), EightBitConvolution.Vectors);
        _ranges = Multiples.Count(_vectors, _range);

        // One vector more than needed: a power of two between positions would put all of them into the same few cache sets.
        var groups = input.PixelStride / (2 * lanes);
        _words = new ChunkLayout(_chunk * 2 * lanes, ((groups * _chunk) + 1) * 2 * lanes);
        _products = new ChunkLayout(_chunk * lanes, ((_vectors * _chunk) + 1) * lanes);
        _scratch = arena.Scratch(Positions * ((_words.Position * sizeof(short) / sizeof(float)) + _products.Position));
    }

    /// <inheritdoc />
    public override int Parts => _chunks * _ranges;

    /// <inheritdoc />
    public override Reach Reach { get; }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float* arena, float* scratch, int part, Epilogue epilogue)
    {
        var (chunk, range) = Math.DivRem(part, _ranges);
        int lanes = TIntegers.Lanes, first = chunk * _chunk, count = Math.Min(_chunk, _count - first);
        var outputs = GroupRange.Of(range, _range, _vectors);
        var products = (int*)(scratch + _scratch);
        var words = (short*)(products + (Positions * _products.Position));
        ByteWinogradTransform<TIntegers, TWords, TVector>.Forward(_input.First(arena), _input, _tiles, words, _words, first, count);

        var groups = _input.PixelStride / (2 * lanes);
        var perVector = (nint)_input.PixelStride * lanes;
        var weights = (short*)_weights.Packed.Pointer + (outputs.First * perVector);
        var to = products + (outputs.First * _products.Group);
        for (var position = 0; position < Positions; position++)
        {
            ByteWinogradProducts<TIntegers, TWords, TVector>.Run(
                words, _words.Group, groups, weights, to, _products.Group, outputs.End - outputs.First, count, _unit);
            words += _words.Position;
            to += _products.Position;
            weights += _vectors * perVector;
        }

        var notFinite = _output.Floats is null ? 0 : _input.SumNotFinite(arena);
        for (var vector = outputs.First; vector < outputs.End; vector++)
        {
            var channel = vector * lanes;
            var place = new OutputPlace
            {
                Start = (int*)_start.Pointer + channel, Scale = _scale.Pointer + channel, Bias = _bias.Pointer + channel,
                NotFinite = notFinite, Epilogue = epilogue,
            };
            var source = products + (vector * _products.Group);
            if (_output.Floats is { } floats)
            {
                place.Floats = arena + floats.Offset + floats.Channel(channel);
                ByteWinogradTransform<TIntegers, TWords, TVector>.Back<float>(
                    source, _products.Position, in place, _output.RowStride, _output.PixelStride, _tiles, first, count);
            }
            else
            {
                place.Bytes = _output.Bytes!.First(arena) + channel;
                ByteWinogradTransform<TIntegers, TWords, TVector>.Back<byte>(
                    source, _products.Position, in place, _output.RowStride, _output.PixelStride, _tiles, first, count);
            }
        }
    }
}
