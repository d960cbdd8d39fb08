// Services and browsers use all cores themselves.
[assembly: DoNotParallelize]
