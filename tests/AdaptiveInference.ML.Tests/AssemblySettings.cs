// Tests that train use all cores themselves, so classes run one after another.
[assembly: DoNotParallelize]
