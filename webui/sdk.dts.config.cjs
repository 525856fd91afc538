/** The types that go out beside each built file of the client library. */
const entry = (name, libraries) => ({
  filePath: `./sdk/${name}.ts`,
  outFile: `./dist/sdk/${name}.d.ts`,
  libraries: { importedLibraries: libraries, allowedTypesLibraries: [] },
  output: { exportReferencedTypes: false, inlineDeclareGlobals: true },
});

module.exports = {
  compilationOptions: { preferredConfigPath: './tsconfig.json' },
  entries: [entry('gatekeeper', []), entry('react', []), entry('element', [])],
};
