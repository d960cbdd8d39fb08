using AdaptiveInference.ML.Transforms.Tests.Inference.Memory.Guards;

// Run by GuardedProcess: the arguments name what to do. Without any this is the test project's empty entry point.
return args.Length == 0 ? 0 : GuardedProgram.Run(args);
