using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AdaptiveInference.ML.Tests.Training.Checkpoints.Hostile;

/// <summary>A checkpoint file in its parts, to be put together again with another header or body under a right checksum.</summary>
internal sealed record CheckpointParts(string Header, byte[] Body)
{
    public static CheckpointParts Of(byte[] file)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(file);
        return new CheckpointParts(Encoding.UTF8.GetString(file, 4, length), file[(4 + length)..^SHA256.HashSizeInBytes]);
    }

    /// <summary>The file; its checksum is right.</summary>
    public byte[] ToFile()
    {
        var header = Encoding.UTF8.GetBytes(Header);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, header.Length);
        return Hashed([.. length, .. header, .. Body]);
    }

    /// <summary>Any bytes and their checksum.</summary>
    public static byte[] Hashed(byte[] bytes) => [.. bytes, .. SHA256.HashData(bytes)];
}
