using System.Reflection;
using AdaptiveInference.ML.Transforms;

namespace AdaptiveInference.ML.Packages;

/// <summary>
/// The versions of this package and of the scoring package, which must be the same: the trainers use internals of the scoring package, and
/// another version of it may lack them. NuGet only warns (NU1608) when an application references another one itself.
/// </summary>
internal static class PackageVersions
{
    /// <summary>Version of the package of trainers.</summary>
    public static readonly string Trainers = Of(typeof(PackageVersions).Assembly);

    private static readonly string? Difference = Compare(Trainers, Of(typeof(ImageShape).Assembly));

    /// <summary>Says in words what would otherwise be a missing method somewhere in a training.</summary>
    /// <exception cref="InvalidOperationException">The scoring package is of another version; the message names both.</exception>
    public static void Check()
    {
        if (Difference is not null)
        {
            throw new InvalidOperationException(Difference);
        }
    }

    /// <summary>What is wrong with two versions; null when nothing is.</summary>
    public static string? Compare(string trainers, string scoring)
        => trainers == scoring ? null
            : $"AdaptiveInference.ML {trainers} needs AdaptiveInference.ML.Transforms {trainers}, got {scoring}. Reference both packages "
              + "in the same version, or AdaptiveInference.ML alone, which brings the other.";

    /// <summary>The package version of an assembly. Its assembly version never changes, because saved models name it.</summary>
    public static string Of(Assembly assembly)
        => assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
