using AdaptiveInference.ML.Transforms.Model;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Transforms.Tests.Model;

[TestClass]
public sealed class ClassOrderTests
{
    private const int No = ClassOrder.Unknown;

    [TestMethod]
    [DataRow("a b c", "a b c", new[] { 0, 1, 2 })]
    [DataRow("a b c", "c a b", new[] { 1, 2, 0 })]
    [DataRow("a b c", "c b", new[] { No, 1, 0 })]
    [DataRow("b", "a b c", new[] { 1 })]
    [DataRow("a b", "a b c", new[] { 0, 1 })]
    [DataRow("A", "a", new[] { No })]
    public void Of_Names_FindsThePlaceOfEach(string classes, string others, int[] places)
    {
        var order = ClassOrder.Of(Named(classes), Named(others));

        CollectionAssert.AreEqual(places, order.Places.ToArray());
        Assert.AreEqual(!places.Contains(No), order.IsWhole);
        Assert.HasCount(places.Count(place => place == No), order.Lacking);
        Assert.AreEqual(KeyReader.Missing, order[KeyReader.Missing]);
    }

    [TestMethod]
    public void Of_NumbersAndText_CompareAsText()
    {
        var numbers = ClassLabels.Create(typeof(uint), ["7", "-1.5", "3"], NumberDataViewType.Single, ["7", "-1.5", "3"]);

        CollectionAssert.AreEqual(new[] { 2, 0, No }, ClassOrder.Of(numbers, Named("-1.5 4 7")).Places.ToArray());
    }

    [TestMethod]
    [DataRow(3, "x y z", new[] { 0, 1, 2 }, DisplayName = "Equally many: as they stand.")]
    [DataRow(3, "2 0 1", new[] { 1, 2, 0 }, DisplayName = "Values that are these numbers: by them.")]
    [DataRow(2, "x y z", new[] { No, No }, DisplayName = "Nothing to go by.")]
    public void Of_BareNumbersAgainstValues_TakesWhatIsKnown(int count, string others, int[] places)
        => CollectionAssert.AreEqual(places, ClassOrder.Of(Bare(count), Named(others)).Places.ToArray());

    [TestMethod]
    public void Of_BareNumbersOfAnotherCount_CompareByNumber()
        => CollectionAssert.AreEqual(new[] { 0, 1, No }, ClassOrder.Of(Bare(3), Bare(2)).Places.ToArray());

    [TestMethod]
    public void Of_AClassTwice_HasNoPlaceUnlessTheOrderIsTheSame()
    {
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, ClassOrder.Of(Named("crane kite crane"), Named("crane kite crane")).Places.ToArray());

        var order = ClassOrder.Of(Named("kite crane"), Named("crane kite crane"));

        CollectionAssert.AreEqual(new[] { 1, No }, order.Places.ToArray());
        Assert.AreEqual("crane", order.Twice);
    }

    [TestMethod]
    public void Compare_ManyClasses_ShowsWhereTheyBeginToDiffer()
    {
        var names = Enumerable.Range(0, 1000).Select(i => $"n{i}").ToArray();
        var other = (string[])names.Clone();
        (other[500], other[501]) = (other[501], other[500]);

        var (first, second) = ClassList.Compare(ClassLabels.OfNames(names), ClassLabels.OfNames(other));

        Assert.AreEqual("1000 classes, from the 501. on n500, n501, n502, …", first);
        Assert.AreEqual("1000 classes, from the 501. on n501, n500, n502, …", second);
    }

    private static ClassLabels Named(string names) => ClassLabels.OfNames(names.Split(' '));

    private static ClassLabels Bare(int count)
        => ClassLabels.Create(typeof(uint), [.. Enumerable.Range(0, count).Select(i => $"{i}")], valueType: null, texts: null);
}
