// In an application with Microsoft.ML.TorchSharp beside this library: everything that its assembly refers to is there at run time, but
// for what is known; then Train.cs goes on. Both packages use TorchSharp, and a newer one could lack what the other was built for.
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

internal static class Beside
{
    /// <summary>Of its object detection alone: TorchSharp 0.107 has the method with another list of parameters.</summary>
    private const string Known = "TorchSharp.torch.nn.functional.interpolate";

    // Before the first line of Train.cs.
    [ModuleInitializer]
    internal static void Start()
    {
        if (Check() is { } wrong)
        {
            Console.Error.WriteLine(wrong);
            Environment.Exit(1);
        }
    }

    // What is wrong; null when all that is missing is what is known.
    private static string? Check()
    {
        var assembly = Assembly.Load("Microsoft.ML.TorchSharp");
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var reader = file.GetMetadataReader();
        var missing = new List<string>();
        var count = 0;
        foreach (var handle in reader.MemberReferences)
        {
            count++;
            var token = MetadataTokens.GetToken(handle);
            try
            {
                assembly.ManifestModule.ResolveMember(token, Arguments, Arguments);
            }
            catch (Exception error) when (error is MissingMemberException or TypeLoadException or FileNotFoundException)
            {
                missing.Add(Name(reader, reader.GetMemberReference(handle)));
            }
        }

        Console.WriteLine($"Microsoft.ML.TorchSharp refers to {count} members of others; missing: {string.Join(", ", missing)}.");
        return count < 500 ? $"Only {count} references were found."
            : missing is [Known] ? null
            : $"Expected to be missing is {Known} alone.";
    }

    // A reference inside generic code names the code's own type parameters; any type stands for them here.
    private static Type[] Arguments { get; } = [.. Enumerable.Repeat(typeof(float), 8)];

    private static string Name(MetadataReader reader, MemberReference member)
        => (member.Parent.Kind == HandleKind.TypeReference
            ? Name(reader, (TypeReferenceHandle)member.Parent)
            : member.Parent.Kind.ToString()) + "." + reader.GetString(member.Name);

    private static string Name(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var prefix = type.ResolutionScope.Kind == HandleKind.TypeReference
            ? Name(reader, (TypeReferenceHandle)type.ResolutionScope)
            : reader.GetString(type.Namespace);
        return $"{prefix}.{reader.GetString(type.Name)}";
    }
}
