namespace AdaptiveInference.ML.Training.Data;

/// <summary>
/// Records of one length, appended once and then read in any order by any thread: in memory up to a limit, beyond it in a temporary file
/// that is deleted with the store.
/// </summary>
internal sealed class RecordStore : IDisposable
{
    private const int ChunkBytes = 4 << 20;

    private readonly int _recordsPerChunk;
    private readonly long _memoryRecords;
    private readonly string _folder;
    private readonly List<byte[]> _chunks = [];
    private FileStream? _file;

    /// <param name="recordBytes">Length of a record.</param>
    /// <param name="memoryLimit">Bytes to keep in memory.</param>
    /// <param name="folder">Folder of the temporary file.</param>
    public RecordStore(int recordBytes, long memoryLimit, string folder)
    {
        RecordBytes = recordBytes;
        _recordsPerChunk = Math.Max(1, ChunkBytes / recordBytes);
        _memoryRecords = memoryLimit / recordBytes;
        _folder = folder;
    }

    public int RecordBytes { get; }

    public int Count { get; private set; }

    /// <summary>Whether some records are in a file.</summary>
    public bool IsOnDisk => _file is not null;

    /// <exception cref="IOException">The disk is full or the folder cannot be written.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        if (Count < _memoryRecords)
        {
            var position = Count % _recordsPerChunk;
            if (position == 0)
            {
                _chunks.Add(new byte[checked((int)Math.Min(_recordsPerChunk, _memoryRecords - Count) * RecordBytes)]);
            }

            record.CopyTo(_chunks[^1].AsSpan(position * RecordBytes, RecordBytes));
        }
        else
        {
            (_file ??= CreateFile()).Write(record);
        }

        Count = checked(Count + 1);
    }

    /// <summary>Ends appending: everything is where <see cref="Read"/> looks for it.</summary>
    public void Complete() => _file?.Flush();

    public void Read(int index, Span<byte> record)
    {
        if (index < _memoryRecords)
        {
            _chunks[index / _recordsPerChunk].AsSpan(index % _recordsPerChunk * RecordBytes, RecordBytes).CopyTo(record);
            return;
        }

        // Positioned reads share no state, so threads need no lock.
        var offset = (index - _memoryRecords) * RecordBytes;
        for (var rest = record[..RecordBytes]; rest.Length > 0;)
        {
            var read = RandomAccess.Read(_file!.SafeFileHandle, rest, offset);
            if (read == 0)
            {
                throw new EndOfStreamException("The temporary file of training images ended early.");
            }

            offset += read;
            rest = rest[read..];
        }
    }

    public void Dispose()
    {
        _chunks.Clear();
        _file?.Dispose();
        _file = null;
    }

    private FileStream CreateFile()
        => new(Path.Combine(_folder, $"adaptive-inference-{Guid.NewGuid():N}.tmp"), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.RandomAccess,
            BufferSize = 1 << 20,
        });
}
