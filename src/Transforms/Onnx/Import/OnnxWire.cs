namespace AdaptiveInference.ML.Transforms.Onnx.Import;

/// <summary>
/// Walks over the bytes of an ONNX file before anything is made of them. A file that says little can ask for much: two bytes are a node,
/// and a node is an object. Counts what would become an object, and skips the numbers of weights.
/// </summary>
internal sealed class OnnxWire
{
    /// <summary>
    /// Fields of all messages together, numbers in bulk not counted; ten times as many as the largest known network needs.
    /// </summary>
    private const int MaximumFields = 500_000;

    /// <summary>
    /// Messages inside each other: model, graph, node, attribute, tensor, and as much again. Only graphs inside graphs are deeper than six.
    /// </summary>
    private const int MaximumDepth = 12;

    private enum Kind
    {
        Model,
        Graph,
        Node,
        Attribute,
        Tensor,
        ValueInfo,
        Type,
        TypeTensor,
        Shape,
        Plain,
    }

    private readonly Stream _stream;
    private long _fields;

    private OnnxWire(Stream stream) => _stream = stream;

    /// <summary>Reads to the end.</summary>
    /// <exception cref="FormatException">
    /// The bytes are no such messages, or too many; the message is the rest of a sentence on the file.
    /// </exception>
    /// <exception cref="OnnxNestingException">Graphs are inside graphs, deeper than is read; the message is such a rest too.</exception>
    public static void Check(Stream stream) => new OnnxWire(stream).Message(Kind.Model, stream.Length, 0);

    // Of the messages that hold others; everything else is skipped as a whole.
    private static Kind? Inner(Kind kind, long field) => (kind, field) switch
    {
        (Kind.Model, 7) => Kind.Graph,
        (Kind.Model, 8 or 14 or 25) => Kind.Plain,
        (Kind.Graph, 1) => Kind.Node,
        (Kind.Graph, 5) => Kind.Tensor,
        (Kind.Graph, 11 or 12) => Kind.ValueInfo,
        (Kind.Graph, 15) => Kind.Plain,
        (Kind.Node, 5) => Kind.Attribute,
        (Kind.Attribute, 5) => Kind.Tensor,
        (Kind.Attribute, 6 or 11) => Kind.Graph,
        (Kind.ValueInfo, 2) => Kind.Type,
        (Kind.Type, 1) => Kind.TypeTensor,
        (Kind.TypeTensor, 2) => Kind.Shape,
        (Kind.Shape, 1) => Kind.Plain,
        _ => null,
    };

    // Whole numbers in a list of their own, each of which takes eight bytes in memory and may take one in the file: sides, axes, pads.
    private static bool IsPacked(Kind kind, long field) => (kind, field) is (Kind.Tensor, 1 or 7) or (Kind.Attribute, 8);

    private void Count(long fields)
    {
        if ((_fields += fields) > MaximumFields)
        {
            throw new FormatException(FormattableString.Invariant(
                $"it has more than {MaximumFields} fields, and a network of this kind has some ten thousand"));
        }
    }

    private void Message(Kind kind, long end, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new OnnxNestingException();
        }

        while (_stream.Position < end)
        {
            Count(1);
            var tag = Varint(end);
            switch (tag & 7)
            {
                case 0:
                    Varint(end);
                    break;
                case 1:
                    Skip(8, end);
                    break;
                case 2:
                    var length = Varint(end);
                    if (length < 0 || length > end - _stream.Position)
                    {
                        throw Truncated();
                    }

                    if (Inner(kind, tag >> 3) is { } inner)
                    {
                        Message(inner, _stream.Position + length, depth + 1);
                    }
                    else
                    {
                        Count(IsPacked(kind, tag >> 3) ? length : 0);
                        Skip(length, end);
                    }

                    break;
                case 5:
                    Skip(4, end);
                    break;
                default:
                    throw new FormatException("it is not made of ONNX's messages");
            }
        }
    }

    private long Varint(long end)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = _stream.Position < end ? _stream.ReadByte() : -1;
            if (next < 0)
            {
                throw Truncated();
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (long)value;
            }
        }

        throw new FormatException("it is not made of ONNX's messages");
    }

    private void Skip(long length, long end)
    {
        if (length > end - _stream.Position)
        {
            throw Truncated();
        }

        _stream.Position += length;
    }

    private static FormatException Truncated() => new("it ends in the middle: copy or download it again");
}
