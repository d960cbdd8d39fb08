using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Interop;

/// <summary>Writes and reads one transformer's own stream inside an ML.NET model file.</summary>
internal static class ModelFileHeader
{
    /// <summary>What ML.NET stores in the header of the stream and checks when it reads it.</summary>
    /// <param name="Signature">Exactly eight characters that say what the stream holds.</param>
    /// <param name="LoaderSignature">At most 24 characters, the name under which the loadable class is registered.</param>
    /// <param name="Written">Version of the format that is written.</param>
    /// <param name="ReadableBy">Oldest reader version that understands what is written.</param>
    /// <param name="ReadsBackTo">Oldest written version that this code understands.</param>
    public sealed record Header(string Signature, string LoaderSignature, uint Written, uint ReadableBy, uint ReadsBackTo)
    {
        /// <summary>The header of content that older readers do not know.</summary>
        public Header For(uint readableBy) => this with { ReadableBy = readableBy };
    }

    /// <summary>Writes the header and then the body.</summary>
    public static void Save(ModelSaveContext context, Header header, Action<BinaryWriter> body)
    {
        context.CheckAtModel();
        context.SetVersionInfo(Info(header));
        body(context.Writer);
    }

    /// <summary>Checks the header and passes the body to <paramref name="read"/>.</summary>
    /// <exception cref="FormatException">
    /// The stream is of another kind or of a version that is too new, or holds more than was read.
    /// </exception>
    public static T Load<T>(ModelLoadContext context, Header header, Func<BinaryReader, T> read)
    {
        NewerFormatRefusal.ThrowIfNewer(context.Header.ModelVerReadable, header.Written);
        context.CheckAtModel(Info(header));
        var result = read(context.Reader);
        var left = context.Header.FpModel + context.Header.CbModel - (context.Reader.BaseStream.Position - context.FpMin);
        return left == 0
            ? result
            : throw new FormatException(
                $"This is not a complete AdaptiveInference.ML model: {left} bytes follow its end. Save or copy the model again.");
    }

    private static VersionInfo Info(Header header) => new(
        header.Signature, header.Written, header.ReadableBy, header.ReadsBackTo,
        typeof(ModelFileHeader).Assembly.FullName!, header.LoaderSignature);
}
