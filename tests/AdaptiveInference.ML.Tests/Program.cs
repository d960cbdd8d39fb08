using AdaptiveInference.ML.Tests.LibTorch;
using AdaptiveInference.ML.Tests.Training.Checkpoints;

// Run by ChildProcess and KilledTrainingTests: the first argument names what to do. Without one this is the test project's empty entry
// point.
return args switch
{
    [] => 0,
    [KilledTraining.Task, var folder] => KilledTraining.Run(folder),
    [KilledTraining.HeldTask, var folder] => KilledTraining.Run(folder, isHeld: true),
    _ => ChildProgram.Run(args[0]),
};
