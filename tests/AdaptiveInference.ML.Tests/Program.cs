using AdaptiveInference.ML.Tests.LibTorch;

// Run by ChildProcess: the first argument names what to do. Without one this is the test project's empty entry point.
return args.Length == 0 ? 0 : ChildProgram.Run(args[0]);
