using System.Runtime.InteropServices;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// Lets libtorch's OpenMP threads look a few microseconds for each other before they sleep. By default they spin for milliseconds, which
/// takes the processor from the thread that they wait for as soon as anything else runs on the machine, and slows training down several
/// times; threads that sleep at once are woken a thousand times in each step of a small network, which costs a sixth of its time.
/// </summary>
internal static unsafe class OpenMpWaiting
{
    private const string Policy = "OMP_WAIT_POLICY";
    private const string SpinCount = "GOMP_SPINCOUNT";

    /// <summary>
    /// Runs <paramref name="load"/>, which loads the OpenMP library, with both settings in the environment that it reads once. Where the
    /// user has set one of them, neither is touched. Linux only: there the managed environment is a copy that native code does not see.
    /// </summary>
    public static T Brief<T>(Func<T> load)
    {
        if (!OperatingSystem.IsLinux()
            || Environment.GetEnvironmentVariable(Policy) is not null
            || Environment.GetEnvironmentVariable(SpinCount) is not null
            || !NativeLibrary.TryLoad("libc.so.6", out var libc)
            || !NativeLibrary.TryGetExport(libc, "setenv", out var set)
            || !NativeLibrary.TryGetExport(libc, "unsetenv", out var unset))
        {
            return load();
        }

        var setenv = (delegate* unmanaged<byte*, byte*, int, int>)set;
        var unsetenv = (delegate* unmanaged<byte*, int>)unset;

        // GCC's library goes by the count, of looks of some 16 ns; others know the policy alone.
        fixed (byte* policy = "OMP_WAIT_POLICY\0"u8, passive = "passive\0"u8, spinCount = "GOMP_SPINCOUNT\0"u8, looks = "1000\0"u8)
        {
            setenv(policy, passive, 0);
            setenv(spinCount, looks, 0);
            try
            {
                return load();
            }
            finally
            {
                unsetenv(policy);
                unsetenv(spinCount);
            }
        }
    }
}
