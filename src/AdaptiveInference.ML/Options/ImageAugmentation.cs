namespace AdaptiveInference.ML;

/// <summary>How training images are varied from epoch to epoch. Validation and scoring see images as they are.</summary>
public enum ImageAugmentation
{
    /// <summary>Images as they are: right for all classes.</summary>
    None,

    /// <summary>
    /// Mirrored left to right with probability one half. For classes that a mirror does not change, such as animals or garments. Not
    /// for classes that differ in left and right (text, arrows, left and right hands): they could not be told apart.
    /// </summary>
    Flip,

    /// <summary>
    /// <see cref="Flip"/>, after a shift by up to one eighth of the height and width in each direction (4 pixels of 32; what is shifted in
    /// is the channel's mean): the recipe of the papers for CIFAR.
    /// </summary>
    PadCropFlip,

    /// <summary>
    /// The shift of <see cref="PadCropFlip"/> without the mirror, where left and right tell classes apart and the exact place does not.
    /// </summary>
    PadCrop,

    /// <summary>
    /// For photos, and for long runs with few of them: a random part of the image, half of its area or more and between 3:4 and 4:3 of its
    /// proportions, resized to the whole; and a random brightness, contrast and saturation, each 0.8 to 1.2 times what it was. Hue stays,
    /// because colour often tells classes apart. No mirror: for classes that differ in left and right.
    /// </summary>
    Photo,

    /// <summary><see cref="Photo"/> and <see cref="Flip"/>: for photos of classes that a mirror does not change.</summary>
    PhotoFlip,
}
