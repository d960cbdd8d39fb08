using AdaptiveInference.ML.Transforms.Architectures;

namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>The checkpoint of one training run in its folder.</summary>
internal sealed class CheckpointStore
{
    /// <summary>Name of the file in the folder.</summary>
    public const string FileName = "training.checkpoint";

    private readonly string _folder;
    private readonly string _path;
    private readonly CheckpointHeader? _found;
    private readonly Dictionary<string, string> _fingerprint;

    private CheckpointStore(string folder, Dictionary<string, string> fingerprint)
    {
        _folder = folder;
        _path = Path.Combine(folder, FileName);
        _fingerprint = fingerprint;
        _found = File.Exists(_path) ? CheckpointFile.ReadHeader(_path) : null;
    }

    /// <summary>Seed of the interrupted run, null when there is none.</summary>
    public int? Seed => _found?.Seed;

    /// <summary>Finds the checkpoint of an interrupted run, if there is one.</summary>
    /// <param name="folder">The folder; it is made when it is missing.</param>
    /// <param name="options">Fingerprint of the options.</param>
    /// <exception cref="InvalidOperationException">The checkpoint was made with other options.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static CheckpointStore Open(string folder, Dictionary<string, string> options)
    {
        Writing(folder, () => Directory.CreateDirectory(folder));
        var store = new CheckpointStore(folder, options);
        store.Compare(options, "options");
        return store;
    }

    /// <summary>Adds the data to what the checkpoint has to agree with.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint was made with other data.</exception>
    public void AddData(Dictionary<string, string> data)
    {
        Compare(data, "data");
        foreach (var (name, value) in data)
        {
            _fingerprint.Add(name, value);
        }
    }

    /// <summary>The interrupted run's state, null when there is none.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    public Checkpoint? Load(BlockPlan plan) => _found is null ? null : CheckpointFile.Read(_path, plan);

    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(Checkpoint checkpoint) => Writing(_folder, () => CheckpointFile.Write(_path, _fingerprint, checkpoint));

    /// <summary>The run is complete: the next one in this folder starts anew.</summary>
    public void Delete() => File.Delete(_path);

    private static void Writing(string folder, Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"CheckpointFolder '{folder}' cannot be written: {error.Message} Choose another folder, or set it to null.", error);
        }
    }

    private void Compare(Dictionary<string, string> current, string what)
    {
        if (_found is null)
        {
            return;
        }

        var differences = current
            .Select(pair => (pair.Key, Was: _found.Fingerprint.GetValueOrDefault(pair.Key, "none"), Is: pair.Value))
            .Where(item => item.Was != item.Is)
            .Select(item => $"{item.Key} was {item.Was} and is {item.Is}")
            .ToList();
        if (differences.Count > 0)
        {
            throw new InvalidOperationException(
                $"The checkpoint in '{_folder}' was made with other {what}: {string.Join("; ", differences)}. Use the same {what}, another folder, "
                + $"or delete '{FileName}' to start anew.");
        }
    }
}
