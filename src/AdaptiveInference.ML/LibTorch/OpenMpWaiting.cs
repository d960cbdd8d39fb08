using System.Runtime.InteropServices;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>
/// Lets libtorch's OpenMP threads sleep while they wait for each other. By default they spin, which takes the processor from the thread
/// that they wait for as soon as anything else runs on the machine, and slows training down several times.
/// </summary>
internal static unsafe class OpenMpWaiting
{
    private const string Policy = "OMP_WAIT_POLICY";
    private const string SpinCount = "GOMP_SPINCOUNT";

    /// <summary>
    /// Runs <paramref name="load"/>, which loads the OpenMP library, with the policy in the environment that it reads once. A policy that
    /// the user has set is left alone. Linux only: there the managed environment is a copy that native code does not see.
    /// </summary>
    public static T Passive<T>(Func<T> load)
    {
        if (!OperatingSystem.IsLinux()
            || Environment.GetEnvironmentVariable(Policy) is not null
            || Environment.GetEnvironmentVariable(SpinCount) is not null
            || !NativeLibrary.TryLoad("libc.so.6", out var libc)
            || !NativeLibrary.TryGetExport(libc, "setenv", out var setenv)
            || !NativeLibrary.TryGetExport(libc, "unsetenv", out var unsetenv))
        {
            return load();
        }

        fixed (byte* name = "OMP_WAIT_POLICY\0"u8, value = "passive\0"u8)
        {
            ((delegate* unmanaged<byte*, byte*, int, int>)setenv)(name, value, 0);
            try
            {
                return load();
            }
            finally
            {
                ((delegate* unmanaged<byte*, int>)unsetenv)(name);
            }
        }
    }
}
