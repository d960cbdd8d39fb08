using System.Globalization;

namespace AdaptiveInference.ML.Benchmarks.Overload;

/// <summary>Arguments of the benchmark <c>overload</c>.</summary>
internal sealed record OverloadOptions
{
    public const string Usage =
        "overload --service FILE (ModelBuilderStyle.WebApi.dll) --model FILE (.zip) --images FOLDER (CLASS/NAME.png) "
        + "[--calibration FOLDER] [--seconds 60] [--factor 3] [--target 100] [--recovery 8] [--port 5187]";

    public required string Service { get; init; }

    public required string Model { get; init; }

    public required string Images { get; init; }

    /// <summary>Images by which the service chooses its steps; null leaves it to the exits' confidences.</summary>
    public string? Calibration { get; init; }

    public double Seconds { get; init; } = 60;

    /// <summary>Images that come, in multiples of what the whole network can do.</summary>
    public double Factor { get; init; } = 3;

    public double TargetMilliseconds { get; init; } = 100;

    /// <summary>Seconds of light load afterwards, in which full quality is waited for.</summary>
    public double RecoverySeconds { get; init; } = 8;

    public int Port { get; init; } = 5187;

    /// <summary>The service's options.</summary>
    /// <param name="ladder">Whether it may think less under load.</param>
    public IEnumerable<string> OfService(bool ladder) =>
    [
        "--model", Model, "--Api:Ladder", ladder ? "true" : "false", "--Api:WholeNetworkWhenIdle", "true", "--Api:ReloadSeconds", "0",
        "--Logging:LogLevel:Default", "Warning",
        "--Api:TargetMilliseconds", TargetMilliseconds.ToString(CultureInfo.InvariantCulture),
        .. Calibration is null ? (string[])[] : ["--Api:CalibrationImages", Calibration],
    ];

    /// <exception cref="BenchmarkArgumentException">An option is unknown, missing or no number.</exception>
    public static OverloadOptions Parse(string[] args)
    {
        var given = new NamedArguments(
            args, Usage, "service", "model", "images", "calibration", "seconds", "factor", "target", "recovery", "port");
        return new OverloadOptions
        {
            Service = given.Text("service"),
            Model = Path.GetFullPath(given.Text("model")),
            Images = given.Text("images"),
            Calibration = given.TextOrNull("calibration") is { } folder ? Path.GetFullPath(folder) : null,
            Seconds = given.Number("seconds", 60),
            Factor = given.Number("factor", 3),
            TargetMilliseconds = given.Number("target", 100),
            RecoverySeconds = given.Number("recovery", 8),
            Port = (int)given.Number("port", 5187),
        };
    }
}
