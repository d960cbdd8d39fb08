using ModelBuilderStyle.Workers.Tests.Storage;

namespace ModelBuilderStyle.Workers.Tests;

/// <summary>Ends what tests share.</summary>
[TestClass]
public sealed class SharedServers
{
    [AssemblyCleanup]
    public static Task StopAsync() => PostgresServer.StopAsync();
}
