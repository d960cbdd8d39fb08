using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Options;

namespace AdaptiveInference.ML.Tests.Options;

/// <summary>A range is said once, beside its property: the check reads it there, and here the documentation is held to it.</summary>
[TestClass]
public sealed partial class InRangeAttributeTests
{
    private static readonly Type[] Kinds =
    [
        typeof(SkipNetTrainer.Options), typeof(ConvNetAigTrainer.Options), typeof(ResNetTrainer.Options), typeof(ExitOptions),
        typeof(EarlyStopping), typeof(AdaptiveReportOptions), typeof(FineTuningOptions), typeof(ExitHeadsTrainer.Options),
        typeof(DriftMonitorOptions),
    ];

    private static readonly Type[] InBothAssemblies = [typeof(SkipNetTrainer), typeof(ExitHeadsTrainer)];

    private static readonly Lazy<Dictionary<string, string>> Summaries = new(() => InBothAssemblies
        .SelectMany(type => XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml")).Descendants("member"))
        .ToDictionary(member => member.Attribute("name")!.Value, member => Spaces().Replace(member.Element("summary")?.Value ?? "", " ")));

    public static IEnumerable<object[]> Ranged
        => Properties().Where(property => property.GetCustomAttribute<InRangeAttribute>() is not null)
        .Select(property => new object[] { property.DeclaringType!, property.Name });

    [TestMethod]
    [DynamicData(nameof(Ranged))]
    public void Documentation_OfAProperty_SaysItsRange(Type type, string name)
    {
        var range = type.GetProperty(name)!.GetCustomAttribute<InRangeAttribute>()!;
        var summary = Summaries.Value[$"P:{type.FullName!.Replace('+', '.')}.{name}"];

        Assert.IsTrue(
            range.Documented.Any(words => summary.Contains(words, StringComparison.OrdinalIgnoreCase)),
            $"'{summary}' does not say '{string.Join("' or '", range.Documented)}'.");
    }

    [TestMethod]
    public void Options_EveryNumber_HasARange()
    {
        // A seed may be any number.
        var bare = Properties()
            .Where(property => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is var type
                && (type == typeof(int) || type == typeof(float) || type == typeof(double)))
            .Where(property => property.GetCustomAttribute<InRangeAttribute>() is null && property.Name != "Seed")
            .Select(property => $"{property.DeclaringType!.Name}.{property.Name}");

        Assert.AreEqual("", string.Join(", ", bare));
    }

    [TestMethod]
    public void Holds_EndsOfARange_BelongToItUnlessSaidOtherwise()
    {
        Assert.IsTrue(new InRangeAttribute(0, 1).Holds(0));
        Assert.IsTrue(new InRangeAttribute(0, 1).Holds(1));
        Assert.IsFalse(new InRangeAttribute(0, 1) { Above = true }.Holds(0));
        Assert.IsFalse(new InRangeAttribute(0, 1) { Below = true }.Holds(1));
        Assert.IsTrue(new InRangeAttribute(2).Holds(2));
        Assert.IsFalse(new InRangeAttribute(2).Holds(1));
        Assert.IsFalse(new InRangeAttribute(0).Holds(double.PositiveInfinity));
        Assert.IsFalse(new InRangeAttribute(0).Holds(double.NaN));
    }

    [TestMethod]
    public void Words_EveryKind_ReadWell()
    {
        Assert.AreEqual("from 0 to 1", new InRangeAttribute(0, 1).Description(isWhole: false));
        Assert.AreEqual("from 0 to less than 1", new InRangeAttribute(0, 1) { Below = true }.Description(isWhole: false));
        Assert.AreEqual("above 0 and at most 1", new InRangeAttribute(0, 1) { Above = true }.Description(isWhole: false));
        Assert.AreEqual("at least 2", new InRangeAttribute(2).Description(isWhole: true));
        Assert.AreEqual("a finite number of 0 or more", new InRangeAttribute(0).Description(isWhole: false));
        Assert.AreEqual("a finite number above 0", new InRangeAttribute(0) { Above = true }.Description(isWhole: false));
    }

    private static IEnumerable<PropertyInfo> Properties() => Kinds
        .SelectMany(kind => kind.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        .DistinctBy(property => (property.DeclaringType, property.Name));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
