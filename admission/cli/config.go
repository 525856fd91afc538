package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// configFile names a YAML file whose keys are the command's flags. A flag beats the environment, the environment
// the file, the file the default. What the file says and no flag knows is refused: a typo must not go unnoticed.
type configFile string

// BeforeResolve is for kong: it reads the file before flags get their values.
func (c configFile) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	path, _ := ctx.FlagValue(trace.Flag).(configFile)
	if path == "" {
		return nil
	}
	values, err := readConfig(string(path), flagNames(ctx))
	if err != nil {
		return err
	}
	ctx.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		for _, name := range flag.Envs {
			if _, isSet := os.LookupEnv(name); isSet {
				return nil, nil
			}
		}
		return values[flag.Name], nil
	}))
	return nil
}

// maxConfig bounds a configuration, in bytes.
const maxConfig = 64 << 10

// readAtMost trusts no size that the file system tells: a device has none, and never ends.
func readAtMost(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s has more than %d KiB", path, most>>10)
	}
	return data, err
}

func readConfig(path string, known []string) (map[string]any, error) {
	data, err := readAtMost(path, maxConfig)
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, fmt.Errorf("the configuration %s is not `key: value` lines in YAML", path)
	}
	for name, value := range values {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("the configuration %s has an unknown key %.60q; the keys are %s", path, name, strings.Join(known, ", "))
		}
		if values[name], err = plain(value); err != nil {
			return nil, fmt.Errorf("the configuration %s: %s %w", path, name, err)
		}
	}
	return values, nil
}

// plain writes a value as a flag would be given, which kong then reads and checks. A key without a value says
// nothing: it is nil, and the default counts.
func plain(value any) (any, error) {
	switch value := value.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return nil, errors.New("must be one value or a list, and has keys of its own")
	case []any:
		return plainList(value)
	}
	return fmt.Sprint(value), nil
}

func plainList(list []any) (any, error) {
	texts := make([]string, len(list))
	for i, item := range list {
		switch item.(type) {
		case nil, map[string]any, []any:
			return nil, errors.New("must be a list of single values")
		}
		texts[i] = fmt.Sprint(item)
	}
	return kong.JoinEscaped(texts, ','), nil
}

func flagNames(ctx *kong.Context) (names []string) {
	for _, flag := range ctx.Flags() {
		if flag.Name != "help" && flag.Name != "config" {
			names = append(names, flag.Name)
		}
	}
	slices.Sort(names)
	return names
}
