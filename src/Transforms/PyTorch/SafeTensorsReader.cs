using System.Buffers.Binary;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>
/// Reads safetensors files: eight bytes with the length of the header, a JSON header, the data. The file is not trusted: everything is
/// checked before anything of its size is allocated, and whatever is wrong becomes one <see cref="FormatException"/> that names the file.
/// </summary>
internal sealed class SafeTensorsReader : IDisposable
{
    /// <summary>Longest accepted header, in bytes: a network of a thousand layers needs about a megabyte.</summary>
    public const int MaximumHeaderLength = 16 * 1024 * 1024;

    private const int PrefixLength = sizeof(ulong);
    private const int ChunkLength = 64 * 1024;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly long _dataStart;

    private SafeTensorsReader(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
        try
        {
            (Entries, _dataStart) = ReadHeader(stream);
        }
        catch (FormatException exception)
        {
            throw Failure(path, exception.Message, exception);
        }
    }

    /// <summary>The tensors of the file by name.</summary>
    public IReadOnlyDictionary<string, SafeTensorsEntry> Entries { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="FormatException">The file is no safetensors file, or is truncated or altered.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafeTensorsReader Open(string path)
    {
        // Before it is opened: .NET says of a folder that access is denied, and waits for whoever writes into a pipe.
        if (NotSafeTensors.DescribePath(path) is { } problem)
        {
            throw new FormatException(problem);
        }

        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return NotSafeTensors.Describe(path, HeadOf(stream)) is { } foreign
                ? throw new FormatException(foreign)
                : new SafeTensorsReader(path, stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads the values of a tensor in row-major order.</summary>
    /// <exception cref="FormatException">The values are no real numbers, or the file ends early.</exception>
    public float[] Read(SafeTensorsEntry entry)
    {
        if (!SafeTensorsTypes.IsReadable(entry.Type))
        {
            throw Failure(_path, $"tensor '{entry.Name}' must be of type {SafeTensorsTypes.Readable}, got {entry.Type}");
        }

        var size = SafeTensorsTypes.BitsOf(entry.Type)!.Value / 8;
        var count = entry.ByteLength / size;
        if (count > Array.MaxLength)
        {
            throw Failure(_path, $"tensor '{entry.Name}' ({entry.Description}) is too large");
        }

        var values = new float[count];
        var buffer = new byte[(int)Math.Min(ChunkLength, Math.Max(entry.ByteLength, 1))];
        _stream.Position = _dataStart + entry.Offset;
        for (var done = 0; done < values.Length;)
        {
            var part = Math.Min(buffer.Length / size, values.Length - done);
            var bytes = buffer.AsSpan(0, part * size);
            ReadAll(bytes, entry);
            SafeTensorsTypes.Convert(entry.Type, bytes, values.AsSpan(done, part));
            done += part;
        }

        return values;
    }

    /// <inheritdoc />
    public void Dispose() => _stream.Dispose();

    private static FormatException Failure(string path, string problem, Exception? cause = null)
        => new($"'{path}' is not a readable safetensors file: {problem}.", cause);

    private static byte[] HeadOf(FileStream stream)
    {
        var head = new byte[(int)Math.Min(stream.Length, NotSafeTensors.HeadLength)];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return head[..length];
    }

    private static (Dictionary<string, SafeTensorsEntry> Entries, long DataStart) ReadHeader(FileStream stream)
    {
        var rest = stream.Length - PrefixLength;
        if (rest < 2)
        {
            throw new FormatException($"it has only {stream.Length} bytes");
        }

        Span<byte> prefix = stackalloc byte[PrefixLength];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaximumHeaderLength)
        {
            throw new FormatException($"its header may have up to {MaximumHeaderLength} bytes, got {length}");
        }

        if ((long)length > rest)
        {
            throw new FormatException($"its header should have {length} bytes, but only {rest} follow");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        return (SafeTensorsHeader.Parse(json, rest - json.Length), PrefixLength + json.Length);
    }

    private void ReadAll(Span<byte> bytes, SafeTensorsEntry entry)
    {
        try
        {
            _stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException exception)
        {
            throw Failure(_path, $"it became shorter while tensor '{entry.Name}' was read", exception);
        }
    }
}
