using AdaptiveInference.ML.Transforms.Inference.Kernels;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>
/// Several cores at one image: whichever is free takes the next part of a convolution. The caller works as well and waits for no helper:
/// helpers come from the thread pool when it has threads, and until then the caller does everything by itself.
/// </summary>
/// <remarks>
/// One 64-bit word is the state of the current work: a number that no other convolution of this team has, the number of parts, and the next
/// part. Taking a part is one compare-and-exchange of that word, so a helper that was interrupted for long cannot take a part of something
/// else. Between convolutions helpers spin, for microseconds.
/// </remarks>
internal sealed unsafe class WorkerTeam
{
    private const int PartBits = 16;
    private const long PartMask = (1 << PartBits) - 1;
    private const long Idle = -1;

    private readonly Arena _arena;
    private readonly Helper[] _helpers;
    private Convolution? _convolution;
    private Epilogue _epilogue;
    private long _work = Idle;
    private long _number;
    private int _done;

    /// <summary>A team over an arena that has scratch for every one of its helpers.</summary>
    public WorkerTeam(Arena arena, int helpers)
    {
        _arena = arena;
        _helpers = [.. Enumerable.Range(1, helpers).Select(worker => new Helper(this, worker))];
    }

    /// <summary>Queues helpers for one image. They spin for work from <see cref="Run"/> until <see cref="End"/>.</summary>
    public void Begin(int helpers)
    {
        Volatile.Write(ref _work, 0);
        foreach (var helper in _helpers.AsSpan(0, Math.Min(helpers, _helpers.Length)))
        {
            ThreadPool.UnsafeQueueUserWorkItem(helper, preferLocal: false);
        }
    }

    /// <summary>Ends the image: helpers stop spinning and return to the thread pool.</summary>
    public void End() => Volatile.Write(ref _work, Idle);

    /// <summary>Computes a convolution; when it returns all parts are done.</summary>
    public void Run(Convolution convolution, Epilogue epilogue)
    {
        var parts = convolution.Parts;
        if (parts == 1 || parts > PartMask)
        {
            // A single part has nothing to share; more parts than the word can count come of maps so large that one core will do.
            convolution.Run(_arena.Origin, epilogue);
            return;
        }

        // All parts of the convolution before are taken, so no helper reads these before the word announces the work.
        (_convolution, _epilogue, _done) = (convolution, epilogue, 0);
        _number = (_number + 1) & int.MaxValue;
        Volatile.Write(ref _work, (_number << (2 * PartBits)) | ((long)parts << PartBits));
        while (TakePart(worker: 0))
        {
        }

        for (var spins = 0; Volatile.Read(ref _done) < parts; spins++)
        {
            Pause(spins);
        }
    }

    private static void Pause(int spins)
    {
        const int BeforeYielding = 2000;
        if (spins < BeforeYielding)
        {
            Thread.SpinWait(8);
        }
        else
        {
            Thread.Yield();
        }
    }

    private bool TakePart(int worker)
    {
        while (true)
        {
            var work = Volatile.Read(ref _work);
            var part = work & PartMask;
            if (work == Idle || part >= ((work >> PartBits) & PartMask))
            {
                return false;
            }

            var (convolution, epilogue) = (_convolution!, _epilogue);
            if (Interlocked.CompareExchange(ref _work, work + 1, work) == work)
            {
                convolution.Run(_arena.Origin, _arena.Scratch(worker), (int)part, epilogue);
                Interlocked.Increment(ref _done);
                return true;
            }
        }
    }

    private sealed class Helper(WorkerTeam team, int worker) : IThreadPoolWorkItem
    {
        private int _present;

        public void Execute()
        {
            // One that was called for an image before may come late and serve this one: there is one scratch for both.
            if (Interlocked.Exchange(ref _present, 1) != 0)
            {
                return;
            }

            for (var spins = 0; Volatile.Read(ref team._work) != Idle; spins++)
            {
                if (team.TakePart(worker))
                {
                    spins = 0;
                }
                else
                {
                    Pause(spins);
                }
            }

            Volatile.Write(ref _present, 0);
        }
    }
}
