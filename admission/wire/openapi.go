package wire

import (
	_ "embed"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the description of the contract as JSON.
var OpenAPI = sync.OnceValues(func() ([]byte, error) { return yaml.YAMLToJSON(openAPI) })
