namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Looks at the model file now and then, and puts a new one in the place of the old: it is loaded beside it and tried with an image at
/// every setting first. A file that cannot be used changes nothing, and <see cref="Problem"/> says why.
/// </summary>
/// <remarks>Looks, and no notifications: those do not come for every kind of drive, nor for a link that is turned.</remarks>
internal sealed partial class ModelReloader : BackgroundService
{
    private readonly Classifier _classifier;
    private readonly ApiSettings _settings;
    private readonly ILogger<ModelReloader> _log;
    private FileStamp? _loaded;
    private FileStamp? _seen;
    private FileStamp? _failed;
    private volatile string? _problem;

    public ModelReloader(Classifier classifier, ApiSettings settings, LoadedStamp loaded, ILogger<ModelReloader> log)
        => (_classifier, _settings, _loaded, _seen, _log) = (classifier, settings, loaded.Stamp, loaded.Stamp, log);

    /// <summary>Called after every attempt, with the type of the error or null.</summary>
    public event Action<string?>? Tried;

    /// <summary>Why the file that is there is not the one in use; null when it is.</summary>
    public string? Problem => _problem;

    /// <summary>Looks once. A file that has changed is loaded at the second look at which it is the same, when it is complete.</summary>
    /// <returns>Whether another model is in use now.</returns>
    public bool Look()
    {
        var stamp = FileStamp.Of(_settings.Model);
        if (stamp is null)
        {
            Fail(_seen, "The model file is not there any more; the model that was loaded from it stays in use.");
            _seen = null;
            return false;
        }

        if (stamp == _loaded || stamp == _failed || stamp != _seen)
        {
            _problem = stamp == _loaded ? null : _problem;
            _seen = stamp;
            return false;
        }

        try
        {
            _classifier.Replace(ServedModel.Read(_settings));
        }
        catch (Exception exception)
        {
            // Whatever it is: a file that somebody put there must not end a service that works.
            var why = exception is ModelFileException
                ? exception.Message
                : $"The model file '{stamp.Path}' could not be loaded: {exception.Message}";
            _failed = stamp;
            Fail(stamp, $"{why.TrimEnd('.')}. The model that was loaded before stays in use.");
            Tried?.Invoke(exception.GetType().FullName);
            return false;
        }

        (_loaded, _failed, _problem) = (stamp, null, null);
        Loaded(_log, _classifier.Model.File.Path, _classifier.Model.File.Version);
        Tried?.Invoke(null);
        return true;
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_settings.ReloadSeconds == 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_settings.ReloadSeconds));
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Look();
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private void Fail(FileStamp? stamp, string problem)
    {
        if (stamp is not null && _problem != problem)
        {
            NotUsed(_log, problem);
        }

        _problem = problem;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded {Path}, version {Version}.")]
    private static partial void Loaded(ILogger log, string path, string version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
    private static partial void NotUsed(ILogger log, string problem);

    /// <summary>The file that the service began with.</summary>
    internal sealed record LoadedStamp(FileStamp? Stamp);
}
