using System.Reflection;

namespace AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

/// <summary>Runs the tests of a class without a test host, so that a process does it that may die of them.</summary>
internal static class TestClassRunner
{
    /// <summary>Runs all tests of a class, each with all of its data.</summary>
    /// <returns>How many ran.</returns>
    public static int Run(Type type, Action<string> before, Func<string, bool>? isWanted = null)
    {
        var count = 0;
        var methods = type.GetMethods(BindingFlags.Instance | BindingFlags.Public)
            .Where(method => method.GetCustomAttribute<TestMethodAttribute>() is not null && isWanted?.Invoke(method.Name) != false);
        foreach (var method in methods)
        {
            foreach (var data in Data(type, method))
            {
                before($"{type.Name}.{method.Name}({string.Join(", ", data)})");
                method.Invoke(Activator.CreateInstance(type), data);
                count++;
            }
        }

        return count;
    }

    private static IEnumerable<object?[]> Data(Type type, MethodInfo method)
    {
        if (method.GetCustomAttribute<DynamicDataAttribute>() is not null)
        {
            return method.GetCustomAttributes<DynamicDataAttribute>().SelectMany(data => data.GetData(method));
        }

        var rows = method.GetCustomAttributes<DataRowAttribute>().Select(row => row.Data).ToArray();
        return rows.Length > 0 ? rows : [[]];
    }
}
