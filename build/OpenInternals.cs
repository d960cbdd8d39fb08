using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Mono.Cecil;

/// <summary>Writes a copy of an assembly in which everything internal is public, for the compiler to look at.</summary>
public class OpenInternals : Task
{
    public string Source { get; set; }

    public string Destination { get; set; }

    public ITaskItem[] References { get; set; }

    public override bool Execute()
    {
        var resolver = new DefaultAssemblyResolver();
        foreach (var folder in References.Select(reference => Path.GetDirectoryName(reference.ItemSpec)).Distinct())
        {
            resolver.AddSearchDirectory(folder);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Destination)));
        using (resolver)
        using (var assembly = AssemblyDefinition.ReadAssembly(Source, new ReaderParameters { AssemblyResolver = resolver }))
        {
            foreach (var type in assembly.MainModule.GetTypes())
            {
                Open(type);
            }

            assembly.Write(Destination);
        }

        return true;
    }

    private static void Open(TypeDefinition type)
    {
        if (type.IsNested)
        {
            type.IsNestedPublic = type.IsNestedPublic || type.IsNestedAssembly || type.IsNestedFamilyOrAssembly;
        }
        else
        {
            type.IsPublic = true;
        }

        // Only what was internal is opened: private members stay hidden, and so do explicit interface implementations.
        foreach (var method in type.Methods.Where(method => method.IsAssembly || method.IsFamilyOrAssembly))
        {
            method.IsPublic = true;
        }

        foreach (var field in type.Fields.Where(field => field.IsAssembly || field.IsFamilyOrAssembly))
        {
            field.IsPublic = true;
        }
    }
}
