using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace ModelBuilderStyle.ServiceParts;

/// <summary>The settings of a program: one section of its configuration.</summary>
internal static class SettingsSection
{
    /// <summary>Reads them.</summary>
    /// <param name="configuration">Where they come from.</param>
    /// <param name="section">Its section.</param>
    /// <exception cref="ArgumentException">There is one that the program does not have: a misspelt one would else do nothing.</exception>
    /// <exception cref="InvalidOperationException">A value is of another type.</exception>
    public static T Read<T>(IConfiguration configuration, string section)
        where T : new()
    {
        var given = configuration.GetSection(section);
        var unknown = given.GetChildren().Select(child => child.Key).Except(Names<T>(), StringComparer.OrdinalIgnoreCase).ToArray();
        return unknown.Length == 0
            ? given.Get<T>() ?? new T()
            : throw new ArgumentException(
                $"The settings are not usable. There is no {string.Join(", no ", unknown.Select(name => $"{section}:{name}"))}; there are "
                + $"{string.Join(", ", Names<T>())}.");
    }

    /// <summary>Names of all settings, in the order of the alphabet.</summary>
    public static IEnumerable<string> Names<T>() => typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is not null).Select(property => property.Name).Order(StringComparer.Ordinal);
}
