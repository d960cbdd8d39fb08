namespace ModelBuilderStyle.Workers.Tests;

/// <summary>A folder that is gone with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("workers").FullName;

    public string this[string path] => Path.Combine(Root, path);

    public TemporaryFolder With(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllBytes(this[path], content);
        return this;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
