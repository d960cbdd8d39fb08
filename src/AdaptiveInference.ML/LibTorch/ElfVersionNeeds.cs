using System.Buffers.Binary;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// Reads which symbol versions a 64-bit little-endian ELF library needs of other libraries, and can make one of them optional. Formats:
/// System V ABI (ELF-64) and the Linux Standard Base's chapter on symbol versioning. Every offset in the file is treated as hostile.
/// </summary>
internal static class ElfVersionNeeds
{
    private const int HeaderSize = 64;
    private const int SectionSize = 64;
    private const int SymbolSize = 24;
    private const uint DynamicSymbols = 11;
    private const uint VersionSymbols = 0x6FFFFFFF;
    private const uint VersionNeeds = 0x6FFFFFFE;
    private const ushort WeakFlag = 2;
    private const ushort VersionMask = 0x7FFF;

    /// <summary>
    /// Marks a needed version as weak, so that the loader accepts a system that lacks it. Done only when no other symbol than
    /// <paramref name="onlySymbol"/> depends on that version: then nothing else can be missing.
    /// </summary>
    /// <returns>False, and an untouched file, when the version is not needed or other symbols depend on it.</returns>
    /// <exception cref="BadImageFormatException">Not such an ELF file, or damaged.</exception>
    public static bool TryMarkWeak(Span<byte> elf, string version, string onlySymbol)
    {
        var sections = Sections(elf);
        var needs = Find(sections, VersionNeeds);
        if (needs is null || FindEntry(elf, sections, needs.Value, version) is not { } entry)
        {
            return false;
        }

        var index = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(Slice(elf, entry + 6, 2)) & VersionMask);
        if (!IsOnlyUser(elf, sections, index, onlySymbol))
        {
            return false;
        }

        var flags = elf.Slice(checked((int)entry) + 4, 2);
        BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
        return true;
    }

    private static Section[] Sections(ReadOnlySpan<byte> elf)
    {
        if (elf.Length < HeaderSize || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new BadImageFormatException("Expected a 64-bit little-endian ELF file.");
        }

        var table = BinaryPrimitives.ReadUInt64LittleEndian(elf[40..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(elf[58..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(elf[60..]);
        if (size != SectionSize)
        {
            throw new BadImageFormatException($"Expected ELF section headers of {SectionSize} bytes, got {size}.");
        }

        var sections = new Section[count];
        for (var i = 0; i < count; i++)
        {
            var header = Slice(elf, checked(Offset(table) + (i * (long)SectionSize)), SectionSize);
            sections[i] = new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
                Offset(BinaryPrimitives.ReadUInt64LittleEndian(header[24..])),
                Offset(BinaryPrimitives.ReadUInt64LittleEndian(header[32..])),
                BinaryPrimitives.ReadUInt32LittleEndian(header[40..]));
        }

        return sections;
    }

    // Two linked lists: one record per library needed (vn_cnt, vn_aux, vn_next), one per version needed of it (vna_name, vna_next).
    private static long? FindEntry(ReadOnlySpan<byte> elf, Section[] sections, Section needs, string version)
    {
        var names = Linked(sections, needs);
        var record = needs.Start;
        while (true)
        {
            var library = Slice(elf, record, 16);
            var entry = record + BinaryPrimitives.ReadUInt32LittleEndian(library[8..]);
            for (var left = BinaryPrimitives.ReadUInt16LittleEndian(library[2..]); left > 0; left--)
            {
                var aux = Slice(elf, entry, 16);
                if (NameEquals(elf, names, BinaryPrimitives.ReadUInt32LittleEndian(aux[8..]), version))
                {
                    return entry;
                }

                entry += BinaryPrimitives.ReadUInt32LittleEndian(aux[12..]);
            }

            var next = BinaryPrimitives.ReadUInt32LittleEndian(library[12..]);
            if (next == 0)
            {
                return null;
            }

            // Always forward: a file cannot make this loop for ever.
            record += next;
        }
    }

    private static bool IsOnlyUser(ReadOnlySpan<byte> elf, Section[] sections, ushort version, string symbol)
    {
        if (Find(sections, VersionSymbols) is not { } versions)
        {
            throw new BadImageFormatException("ELF file needs symbol versions but does not list them.");
        }

        var symbols = Linked(sections, versions);
        if (symbols.Type != DynamicSymbols)
        {
            throw new BadImageFormatException("ELF symbol versions do not belong to the dynamic symbols.");
        }

        var names = Linked(sections, symbols);
        for (long i = 0; i < versions.Size / 2; i++)
        {
            var used = BinaryPrimitives.ReadUInt16LittleEndian(Slice(elf, versions.Start + (2 * i), 2)) & VersionMask;
            if (used == version
                && !NameEquals(
                    elf, names, BinaryPrimitives.ReadUInt32LittleEndian(Slice(elf, symbols.Start + (SymbolSize * i), 4)), symbol))
            {
                return false;
            }
        }

        return true;
    }

    private static Section? Find(Section[] sections, uint type)
    {
        var index = Array.FindIndex(sections, section => section.Type == type);
        return index < 0 ? null : sections[index];
    }

    private static Section Linked(Section[] sections, Section section)
        => section.Link < sections.Length
            ? sections[section.Link]
            : throw new BadImageFormatException($"ELF section points to section {section.Link} of {sections.Length}.");

    private static bool NameEquals(ReadOnlySpan<byte> elf, Section names, uint offset, string expected)
    {
        var length = expected.Length + 1;
        if (offset + (long)length > names.Size)
        {
            return false;
        }

        var name = Slice(elf, names.Start + offset, length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (name[i] != expected[i])
            {
                return false;
            }
        }

        return name[^1] == 0;
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> elf, long start, int length)
        => start >= 0 && start <= elf.Length - length
            ? elf.Slice((int)start, length)
            : throw new BadImageFormatException($"ELF file of {elf.Length} bytes points to {length} bytes at {start}.");

    private static long Offset(ulong value)
        => value <= int.MaxValue ? (long)value : throw new BadImageFormatException($"ELF file has an offset or size of {value}.");

    private readonly record struct Section(uint Type, long Start, long Size, uint Link);
}
