using ModelBuilderStyle;
using Spectre.Console;

const int Failed = 1;
const int BadUsage = 2;
const int Cancelled = 130;
const int UnlimitedWidth = 1000;

using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    // The first Ctrl+C ends training after its current step; a second one ends the process.
    press.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
};

try
{
    var line = CommandLine.Parse(args);
    if (line.WantsHelp)
    {
        Console.WriteLine(CommandLine.Help);
        return 0;
    }

    if (Console.IsOutputRedirected)
    {
        // Files and pipes have no width; lines must not be broken there.
        AnsiConsole.Profile.Width = UnlimitedWidth;
    }

    var equal = line.Pretrained
        ? new PhotoSample(AnsiConsole.Console, line, cancellation.Token).Run()
        : new Sample(AnsiConsole.Console, line, cancellation.Token).Run();
    return equal ? 0 : Failed;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Cancelled.");
    return Cancelled;
}
catch (Exception exception) when (exception is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException
    or FormatException or InvalidOperationException or NotSupportedException or DllNotFoundException)
{
    // What the user can put right: one sentence, no stack trace.
    Console.Error.WriteLine(exception.Message);
    return BadUsage;
}
