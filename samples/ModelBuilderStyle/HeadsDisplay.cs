using System.Globalization;
using AdaptiveInference.ML.Transforms;
using Spectre.Console;

namespace ModelBuilderStyle;

/// <summary>
/// Shows how the fit of heads proceeds: a live bar with the time left where the console can draw one, a line per quarter of the images
/// elsewhere.
/// </summary>
public sealed class HeadsDisplay : IProgress<ExitHeadsProgress>
{
    private const int Lines = 4;

    private readonly IAnsiConsole _console;
    private readonly int _images;
    private readonly ProgressTask? _bar;
    private readonly Lock _lock = new();
    private int _written;
    private bool _fitting;

    private HeadsDisplay(IAnsiConsole console, int images, ProgressTask? bar)
    {
        _console = console;
        _images = images;
        _bar = bar;
    }

    /// <summary>Runs a fit and shows its progress.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="images">How many images it reads.</param>
    /// <param name="fit">The fit, which reports to what it is given.</param>
    public static T Run<T>(IAnsiConsole console, int images, Func<IProgress<ExitHeadsProgress>, T> fit)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            return fit(new HeadsDisplay(console, images, null));
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => fit(new HeadsDisplay(console, images, context.AddTask("Images through the network", maxValue: images))));
    }

    /// <inheritdoc />
    public void Report(ExitHeadsProgress value)
    {
        // Heads report from the threads that fit them.
        lock (_lock)
        {
            if (value.HeadsFitted == 0)
            {
                Read(value);
            }
            else
            {
                Fit(value);
            }
        }
    }

    private void Read(ExitHeadsProgress value)
    {
        if (_bar is not null)
        {
            _bar.Value = value.Images;
        }
        else if (value.Images * Lines / _images > _written)
        {
            _written = value.Images * Lines / _images;
            var left = value.Elapsed * ((_images - value.Images) / (double)value.Images);
            var time = value.Elapsed.TotalSeconds;
            Write($"  {value.Images,5} of {_images} images through the network  {time,4:0} s, {left.TotalSeconds:0} s left");
        }
    }

    private void Fit(ExitHeadsProgress value)
    {
        if (_bar is not null)
        {
            _bar.Description = "Fitting the heads";
            _bar.MaxValue = value.Heads;
            _bar.Value = _fitting ? Math.Max(_bar.Value, value.HeadsFitted) : value.HeadsFitted;
            _fitting = true;
        }

        if (value.HeadsFitted == value.Heads)
        {
            Write($"  {value.Heads} heads on {value.Images} images fitted  {value.Elapsed.TotalSeconds,4:0} s");
        }
    }

    private void Write(FormattableString line) => _console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
