namespace AdaptiveInference.ML;

/// <summary>How training images are varied from epoch to epoch. Validation and scoring see images as they are.</summary>
public enum ImageAugmentation
{
    /// <summary>Images as they are.</summary>
    None,

    /// <summary>Mirrored left to right with probability one half. Not for images in which left and right differ, such as text.</summary>
    Flip,

    /// <summary>
    /// <see cref="Flip"/>, after a shift by up to one eighth of the height and width in each direction (4 pixels of 32; what is shifted in
    /// is the channel's mean): the recipe of the papers for CIFAR.
    /// </summary>
    PadCropFlip,
}
