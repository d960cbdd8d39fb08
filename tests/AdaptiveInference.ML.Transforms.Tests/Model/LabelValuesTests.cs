using System.Globalization;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Tests.Persistence;
using AdaptiveInference.ML.Transforms.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Model;

/// <summary>
/// Key values of every type that MapValueToKey makes keys of: they survive saving, and their names are the same everywhere.
/// </summary>
[TestClass]
public sealed class LabelValuesTests
{
    [TestMethod]
    [DataRow("")]
    [DataRow("de-DE")]
    [DataRow("tr-TR")]
    [DataRow("fa-IR")]
    [DataRow("ar-SA")]
    public void Saved_DateAndTimeLabels_KeepNamesAndValuesInEveryCulture(string culture) => In(culture, () =>
    {
        var day = new DateTime(2026, 3, 31, 13, 5, 7);
        RoundTrips([day, day.AddTicks(1), DateTime.MinValue, DateTime.MaxValue], "2026-03-31T13:05:07", "2026-03-31T13:05:07.0000001");
        RoundTrips([DateTime.SpecifyKind(day, DateTimeKind.Utc), day.AddDays(1), day.AddDays(2), day.AddDays(3)], "2026-03-31T13:05:07");
        RoundTrips([new TimeSpan(8, 30, 0), new(-1), TimeSpan.MaxValue, TimeSpan.MinValue], "08:30:00", "-00:00:00.0000001");
        RoundTrips(
            [new DateTimeOffset(day, TimeSpan.FromMinutes(-210)), new(day, TimeSpan.Zero), DateTimeOffset.MinValue,
                DateTimeOffset.MaxValue],
            "2026-03-31T13:05:07-03:30", "2026-03-31T13:05:07+00:00");
        RoundTrips([-1.5f, float.Epsilon, float.MaxValue, 1e-7f], "-1.5", "1E-45");
        RoundTrips([long.MinValue, -1, 0, long.MaxValue], "-9223372036854775808", "-1");
        RoundTrips([new DataViewRowId(1, 2), new(ulong.MaxValue, 0), new(0, 0), new(0, 5)], "00000000000000020000000000000001");
    });

    [TestMethod]
    public void Saved_ValuesThatAreKeys_CanBeLoaded()
    {
        var type = new KeyDataViewType(typeof(ushort), 300);

        var saved = Reloaded(ClassLabels.Create(typeof(uint), ["7", "1", "300", "2"], type, ["7", "1", "300", "2"]));

        Assert.AreEqual(type, saved.ValueType);
        CollectionAssert.AreEqual(new[] { "7", "1", "300", "2" }, saved.ValueTexts!.ToArray());
    }

    [TestMethod]
    [DataRow("Key<UInt32, 0-4294967295>")]
    [DataRow("Key<UInt32, 0-99999999999999999999>")]
    [DataRow("Key<Int32, 0-3>")]
    [DataRow("Key<UInt32, 0--3>")]
    [DataRow("Key<")]
    [DataRow("Key<, 0-3>")]
    [DataRow("Nonsense")]
    public void TypeOf_WhatIsNoType_IsNull(string name) => Assert.IsNull(LabelValues.TypeOf(name));

    private static void RoundTrips<T>(T[] values, params string[] firstNames)
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(values.Select(value => new Row<T> { Label = value }));
        var keys = context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);

        var labels = ClassLabels.OfColumn(keys.Schema["Label"]);
        var saved = Reloaded(labels);

        CollectionAssert.AreEqual(firstNames, saved.Names.Take(firstNames.Length).ToArray());
        CollectionAssert.AreEqual(labels.ValueTexts!.ToArray(), saved.ValueTexts!.ToArray());
        var annotations = new DataViewSchema.Annotations.Builder();
        saved.AddValues(annotations, "KeyValues");
        VBuffer<T> read = default;
        annotations.ToAnnotations().GetValue("KeyValues", ref read);
        CollectionAssert.AreEqual(values, read.DenseValues().ToArray());
    }

    private static ClassLabels Reloaded(ClassLabels labels)
    {
        var context = new MLContext(1);
        var transformer = new GatedResNetTransformer(context, TestModels.Model(TestModels.Spec(), labels: labels), TestModels.Columns);
        var stream = SaveAndLoadTests.Saved(transformer, TestModels.View(context, TestModels.Rows(1)).Schema);
        return ((GatedResNetTransformer)context.Model.Load(stream, out _)).Model.Classes;
    }

    private static void In(string culture, Action test)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
            test();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private sealed class Row<T>
    {
        public T Label { get; set; } = default!;
    }
}
