using System.Globalization;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Files;

namespace AdaptiveInference.ML.Training.Checkpoints;

/// <summary>The checkpoint of one training run in its folder, which is this run's alone until the store is disposed.</summary>
internal sealed class CheckpointStore : IDisposable
{
    /// <summary>Name of the file in the folder.</summary>
    public const string FileName = "training.checkpoint";

    private readonly string _folder;
    private readonly FolderLock _lock;
    private Dictionary<string, string> _fingerprint = [];
    private CheckpointHeader? _found;

    private CheckpointStore(string folder, FolderLock taken)
    {
        _folder = folder;
        _lock = taken;
        FilePath = Path.Combine(folder, FileName);
    }

    /// <summary>Where the checkpoint is or will be.</summary>
    public string FilePath { get; }

    /// <summary>Seed of the interrupted run, null when there is none.</summary>
    public int? Seed => _found?.Seed;

    /// <summary>Finds the checkpoint of an interrupted run, if there is one.</summary>
    /// <param name="folder">The folder; it is made when it is missing.</param>
    /// <param name="options">
    /// Fingerprint of the options. It is given that of the interrupted run, by which options may go that are left open; null when there is
    /// none.
    /// </param>
    /// <exception cref="InvalidOperationException">The checkpoint was made with other options.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    /// <exception cref="IOException">The folder cannot be written, or another run uses it.</exception>
    public static CheckpointStore Open(string folder, Func<IReadOnlyDictionary<string, string>?, Dictionary<string, string>> options)
    {
        var taken = Using(folder, "written", () =>
        {
            Directory.CreateDirectory(folder);
            return FolderLock.TryTake(folder);
        });
        if (taken is null)
        {
            throw new IOException(
                $"CheckpointFolder '{folder}' is used by another Fit, in this process or in another one. Wait until that has ended, "
                + "or give every Fit a folder of its own.");
        }

        var store = new CheckpointStore(folder, taken);
        try
        {
            store.Find(options);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
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
    public Checkpoint? Load(BlockPlan plan, RunOutline outline)
        => _found is null ? null : Using(_folder, "read", () => CheckpointFile.Read(FilePath, plan, outline));

    /// <summary>
    /// Keeps where the run stands. A state that is not finite is not kept, as it would be damage: the one before it leads to the same end.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Save(Checkpoint checkpoint)
    {
        if (CheckpointDamage.IsFinite(checkpoint))
        {
            Using<object?>(_folder, "written", () =>
            {
                CheckpointFile.Write(FilePath, _fingerprint, checkpoint);
                return null;
            });
        }
    }

    /// <summary>The run is complete: the next one in this folder starts anew.</summary>
    public void Delete() => File.Delete(FileTarget.Of(FilePath).Path);

    /// <summary>Leaves the folder to other runs.</summary>
    public void Dispose() => _lock.Dispose();

    private static T Using<T>(string folder, string how, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"CheckpointFolder '{folder}' cannot be {how}: {error.Message} Choose another folder, or set it to null.", error);
        }
    }

    private void Find(Func<IReadOnlyDictionary<string, string>?, Dictionary<string, string>> options)
    {
        Using<object?>(_folder, "written", () =>
        {
            AtomicFile.DeleteLeftovers(FilePath);
            return null;
        });

        // A link that leads nowhere yet counts as a file that is there.
        if (!File.Exists(FileTarget.Of(FilePath).Path))
        {
            _fingerprint = options(null);
            return;
        }

        _found = Using(_folder, "read", () => CheckpointFile.ReadHeader(FilePath));
        _fingerprint = options(_found.Fingerprint);
        Compare(_fingerprint, "options");
        if (_fingerprint.GetValueOrDefault(nameof(Seed), Fingerprint.None) is var seed && seed != Fingerprint.None
            && seed != _found.Seed.ToString(CultureInfo.InvariantCulture))
        {
            throw CheckpointFile.Damage(FilePath, FormattableString.Invariant($"its seed is {_found.Seed}, and its options say {seed}"));
        }
    }

    private void Compare(Dictionary<string, string> current, string what)
    {
        if (_found is not null)
        {
            CheckpointOfOtherRun.Refuse(_folder, _found.Fingerprint, current, what);
        }
    }
}
