using System.Runtime.InteropServices;
using System.Text;

namespace AdaptiveInference.ML.Transforms.Files;

/// <summary>
/// Distinguishes devices, pipes and sockets from regular files, which .NET does not. Asks Linux's <c>statx</c>, whose record is the same on
/// every processor; elsewhere every file counts as regular.
/// </summary>
internal static class SpecialFile
{
    private const int RecordLength = 256;
    private const int ModeOffset = 28;
    private const int CurrentFolder = -100;
    private const uint TypeAlone = 1;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>What a path leads to that is no regular file, in words; null for a regular file or none.</summary>
    public static string? Describe(string path)
        => Directory.Exists(path) ? "a folder" : Is(path) ? "a device, pipe or socket" : null;

    /// <summary>Whether a path leads, over links, to something that is there and is no regular file.</summary>
    public static bool Is(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var record = new byte[RecordLength];
        try
        {
            return Stat(CurrentFolder, Encoding.UTF8.GetBytes(path + '\0'), 0, TypeAlone, record) == 0
                && (BitConverter.ToUInt16(record, ModeOffset) & TypeMask) != RegularFile;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    private static extern int Stat(int folder, byte[] path, int flags, uint mask, byte[] record);
}
