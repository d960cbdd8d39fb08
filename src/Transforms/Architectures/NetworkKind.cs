namespace AdaptiveInference.ML.Transforms;

/// <summary>Which residual network: static, or one of the two gated families.</summary>
public enum NetworkKind
{
    /// <summary>An ordinary residual network (He et al., CVPR 2016): every block runs for every image.</summary>
    ResNet,

    /// <summary>SkipNet (Wang et al., ECCV 2018, arXiv 1711.09485): gates read the output of the block before.</summary>
    SkipNet,

    /// <summary>ConvNet-AIG (Veit and Belongie, ECCV 2018, arXiv 1711.11503): gates read the block's own input.</summary>
    ConvNetAig,
}
