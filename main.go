// Gatekeeper decides who gets onto a game server.
package main

import (
	_ "embed"
	"os"

	"gatekeeper/admission/cli"
)

// schema lies beside this file, for newcomers to find; only a package above it can embed it.
//
//go:embed schema.sql
var schema string

func main() { os.Exit(cli.Main(os.Args[1:], schema, os.Stdout, os.Stderr)) }
