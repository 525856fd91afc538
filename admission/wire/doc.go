// Package wire is the contract with the outside: messages, and the one table each of reasons, problems and
// close codes. openapi.yaml describes the same and is served as /openapi.json.
package wire
