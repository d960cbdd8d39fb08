using System.Net;
using System.Text.RegularExpressions;

namespace AdaptiveInference.ML.Tests.Documentation;

/// <summary>A piece of C# that documentation shows.</summary>
/// <param name="Place">File, and line or member, for messages.</param>
/// <param name="Code">The code.</param>
internal sealed partial record Snippet(string Place, string Code)
{
    /// <summary>Whether it stands by itself; others are lines of a method.</summary>
    public bool IsProgram => Code.StartsWith("using ", StringComparison.Ordinal) && !Code.StartsWith("using var", StringComparison.Ordinal);

    /// <summary>The fenced C# of a Markdown file.</summary>
    public static IEnumerable<Snippet> OfMarkdown(string root, string file)
    {
        var text = File.ReadAllText(file);
        return Fence().Matches(text).Select(match => new Snippet(
            $"{Path.GetRelativePath(root, file)}:{text.AsSpan(0, match.Index).Count('\n') + 1}", match.Groups[1].Value));
    }

    /// <summary>The examples in the documentation of a source file's members.</summary>
    public static IEnumerable<Snippet> OfSource(string root, string file)
    {
        var text = File.ReadAllText(file);
        return Example().Matches(text).Select(match => new Snippet(
            $"{Path.GetRelativePath(root, file)}:{text.AsSpan(0, match.Index).Count('\n') + 1}",
            WebUtility.HtmlDecode(Slashes().Replace(match.Groups[1].Value, ""))));
    }

    [GeneratedRegex(@"^```(?:cs|csharp)\r?\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"<code>(.*?)</code>", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^\s*/// ?", RegexOptions.Multiline)]
    private static partial Regex Slashes();
}
