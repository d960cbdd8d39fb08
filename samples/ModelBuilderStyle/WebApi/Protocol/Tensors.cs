using System.Globalization;

namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>The protocol's names of types.</summary>
internal static class Tensors
{
    /// <summary>Files, or texts.</summary>
    public const string Bytes = "BYTES";

    /// <summary>Single precision.</summary>
    public const string Single = "FP32";

    /// <summary>Whole numbers from 0 to 255.</summary>
    public const string Byte = "UINT8";

    /// <summary>True or false.</summary>
    public const string Boolean = "BOOL";

    /// <summary>A shape in the words of an error.</summary>
    public static string Text(IEnumerable<long> shape)
        => $"[{string.Join(", ", shape.Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";
}
