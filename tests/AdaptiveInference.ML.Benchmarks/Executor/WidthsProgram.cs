namespace AdaptiveInference.ML.Benchmarks.Executor;

/// <summary>
/// <c>widths [subject …]</c>: the executor's benchmark in processes in which the runtime was told to leave wider vectors alone. ONNX
/// Runtime has no such switch, it looks at the processor itself: it keeps AVX-512 in all of them.
/// </summary>
internal static class WidthsProgram
{
    private static readonly (string Name, string Variable)[] Passes =
    [
        ("AVX-512 switched off", "DOTNET_EnableAVX512"),
        ("AVX2 and wider switched off", "DOTNET_EnableAVX2"),
    ];

    public static void Run(string[] args)
    {
        string[] subjects = args.Length > 0 ? args : ["resnet-38", "resnet-110"];
        foreach (var (name, variable) in Passes)
        {
            Console.WriteLine($"\n{name} for .NET ({variable}=0), not for ONNX Runtime:");
            Console.Write(ChildProcess.Run(new Dictionary<string, string> { [variable] = "0" }, ["executor", .. subjects]));
        }
    }
}
