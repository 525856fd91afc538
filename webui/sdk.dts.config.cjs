/** The types that go out beside each built file of the client library. */
const entry = (name) => ({
  filePath: `./sdk/${name}.ts`,
  outFile: `./dist/sdk/${name}.d.ts`,
  libraries: { importedLibraries: [], allowedTypesLibraries: [] },
  // Only the element tells the compiler of a tag.
  output: { exportReferencedTypes: false, inlineDeclareGlobals: name === 'element' },
});

module.exports = {
  compilationOptions: { preferredConfigPath: './tsconfig.json' },
  entries: [entry('gatekeeper'), entry('react'), entry('element')],
};
