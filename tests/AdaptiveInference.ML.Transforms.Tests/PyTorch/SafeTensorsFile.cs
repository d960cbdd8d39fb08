using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

/// <summary>Writes small safetensors files for tests, correct ones and damaged ones.</summary>
internal static class SafeTensorsFile
{
    /// <summary>A correct file of single-precision tensors.</summary>
    public static void Write(string path, IEnumerable<(string Name, int[] Shape, float[] Values)> tensors)
    {
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        using var data = new MemoryStream();
        foreach (var (name, shape, values) in tensors)
        {
            var start = data.Length;
            data.Write(MemoryMarshal.AsBytes<float>(values));
            header.Append(
                $",{JsonSerializer.Serialize(name)}:{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],"
                + $"\"data_offsets\":[{start},{data.Length}]}}");
        }

        Write(path, header.Append('}').ToString(), data.ToArray());
    }

    /// <summary>A file with any header over any data.</summary>
    public static void Write(string path, string header, byte[] data, ulong? headerLength = null)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, headerLength ?? (ulong)json.Length);
        File.WriteAllBytes(path, [.. prefix, .. json, .. data]);
    }
}
