// The steps of the build that the TypeScript compiler does not do.
