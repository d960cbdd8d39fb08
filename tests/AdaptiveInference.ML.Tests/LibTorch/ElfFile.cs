using System.Buffers.Binary;
using System.Text;

namespace AdaptiveInference.ML.Tests.LibTorch;

/// <summary>
/// The smallest ELF library with symbol versions: needs VERSION_A of liba.so and VERSION_B and VERSION_C of libb.so, and has two dynamic
/// symbols, of VERSION_B and VERSION_C.
/// </summary>
internal static class ElfFile
{
    public const string UsedOnce = "VERSION_B";
    public const string OnlySymbol = "symbol_b";
    private const string Names = "\0liba.so\0libb.so\0VERSION_A\0VERSION_B\0VERSION_C\0symbol_b\0symbol_c\0";

    private const int NamesAt = 64, SymbolsAt = 192, VersionsAt = 288, NeedsAt = 304, SectionsAt = 384;

    /// <summary>Offset of the flags of <see cref="UsedOnce"/>.</summary>
    public const int FlagsAt = NeedsAt + 48 + 4;

    public static byte[] Build()
    {
        var file = new byte[SectionsAt + (5 * 64)];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        Write64(file, 40, SectionsAt);
        Write16(file, 58, 64);
        Write16(file, 60, 5);
        Encoding.ASCII.GetBytes(Names).CopyTo(file, NamesAt);

        // The first symbol and the first version are the reserved empty ones.
        Write32(file, SymbolsAt + 24, NameOf("symbol_b"));
        Write32(file, SymbolsAt + 48, NameOf("symbol_c"));
        Write16(file, VersionsAt + 2, 3);
        Write16(file, VersionsAt + 4, 4);
        Library(file, NeedsAt, "liba.so", 1, next: 32);
        Entry(file, NeedsAt + 16, "VERSION_A", 2, next: 0);
        Library(file, NeedsAt + 32, "libb.so", 2, next: 0);
        Entry(file, NeedsAt + 48, "VERSION_B", 3, next: 16);
        Entry(file, NeedsAt + 64, "VERSION_C", 4, next: 0);

        Section(file, 1, 3, NamesAt, Names.Length, 0);
        Section(file, 2, 11, SymbolsAt, 72, 1);
        Section(file, 3, 0x6FFFFFFF, VersionsAt, 6, 2);
        Section(file, 4, 0x6FFFFFFE, NeedsAt, 80, 1);
        return file;
    }

    private static void Library(byte[] file, int at, string name, ushort entries, uint next)
    {
        Write16(file, at, 1);
        Write16(file, at + 2, entries);
        Write32(file, at + 4, NameOf(name));
        Write32(file, at + 8, 16);
        Write32(file, at + 12, next);
    }

    private static void Entry(byte[] file, int at, string name, ushort index, uint next)
    {
        Write16(file, at + 6, index);
        Write32(file, at + 8, NameOf(name));
        Write32(file, at + 12, next);
    }

    private static void Section(byte[] file, int index, uint type, int start, int size, uint link)
    {
        var at = SectionsAt + (index * 64);
        Write32(file, at + 4, type);
        Write64(file, at + 24, (ulong)start);
        Write64(file, at + 32, (ulong)size);
        Write32(file, at + 40, link);
    }

    private static uint NameOf(string name) => (uint)Names.IndexOf("\0" + name + "\0", StringComparison.Ordinal) + 1;

    private static void Write16(byte[] file, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    private static void Write32(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);

    private static void Write64(byte[] file, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
}
