using System.Buffers.Binary;

namespace AdaptiveInference.ML.Transforms.PyTorch;

/// <summary>
/// Element types of safetensors files: the size of each, and how those that hold real numbers become <see cref="float"/>.
/// </summary>
internal static class SafeTensorsTypes
{
    /// <summary>Types that <see cref="Convert"/> reads.</summary>
    public const string Readable = "F32, F16, BF16 or F64";

    /// <summary>Bits of one element, or null for an unknown type.</summary>
    public static int? BitsOf(string type) => type switch
    {
        "F64" or "I64" or "U64" or "C64" => 64,
        "F32" or "I32" or "U32" => 32,
        "F16" or "BF16" or "I16" or "U16" => 16,
        "BOOL" or "I8" or "U8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 8,
        "F6_E2M3" or "F6_E3M2" => 6,
        "F4" => 4,
        _ => null,
    };

    /// <summary>Whether a type holds real numbers that <see cref="Convert"/> reads.</summary>
    public static bool IsReadable(string type) => type is "F32" or "F16" or "BF16" or "F64";

    /// <summary>Converts little-endian elements. A double beyond the range of single precision becomes infinite.</summary>
    /// <param name="type">A readable type.</param>
    /// <param name="bytes">Whole elements.</param>
    /// <param name="values">One place per element.</param>
    public static void Convert(string type, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (type)
        {
            case "F32":
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
                }

                break;
            case "F16":
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
                }

                break;
            case "BF16":
                // The upper half of single precision.
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                }

                break;
            case "F64":
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
                }

                break;
            default:
                throw new ArgumentException($"Elements of type '{type}' are not readable: expected {Readable}.");
        }
    }
}
