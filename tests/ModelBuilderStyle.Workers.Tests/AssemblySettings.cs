// Workers, brokers and databases use all cores themselves.
[assembly: DoNotParallelize]
