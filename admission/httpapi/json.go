package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

const (
	// maxDepth is how deep a message may be nested; the contract's deepest has four levels.
	maxDepth = 16
	// maxKeys is how many fields an object may have; the contract's largest has about twenty.
	maxKeys = 64
)

// What the library would let pass, or say in its own words.
var (
	errNoObject = errors.New("the body must be a JSON object")
	errNoJSON   = errors.New("the body is not valid JSON")
	errNoUTF8   = errors.New("the body is not valid UTF-8")
	errTooDeep  = errors.New("the body is nested too deep")
	errTwice    = errors.New("the body has a key twice")
	errTooMany  = errors.New("the body has too many fields")
)

// unmarshal decodes one JSON object; its errors are in the client's terms. It is stricter than the library: where one
// reader takes the first of two keys and the next reader the last, what was checked is not what is done.
func unmarshal(data []byte, into any) error {
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 || trimmed[0] != '{' {
		return errNoObject
	}
	if err := check(data); err != nil {
		return err
	}
	err := json.Unmarshal(data, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return errors.New("the field " + wrong.Field + " has the wrong type")
	case err != nil:
		return errNoJSON
	}
	return nil
}

// check looks for what is ambiguous in a message, and for what would take much to read. It runs on every attempt and every
// frame, so it takes no memory where a message is as it should be.
func check(data []byte) error {
	if !utf8.Valid(data) {
		return errNoUTF8
	}
	if !json.Valid(data) {
		return errNoJSON
	}
	_, err := checkValue(data, 0, 0)
	return err
}

// checkValue looks at the value that begins at or behind a place in valid JSON, and returns where it ends.
func checkValue(data []byte, at, depth int) (end int, err error) {
	at = skipSpace(data, at)
	switch data[at] {
	case '"':
		return endOfText(data, at), nil
	case '{', '[':
		if depth == maxDepth {
			return 0, errTooDeep
		}
		return checkParts(data, at, depth+1)
	}
	for at < len(data) && !isEnd(data[at]) { // a number, or a word
		at++
	}
	return at, nil
}

// checkParts looks at the object or list that begins at a place. Keys are compared as the library matches them with fields:
// in whichever case.
func checkParts(data []byte, at, depth int) (end int, err error) {
	var room [8][]byte
	seen, isObject := room[:0], data[at] == '{'
	for {
		if at = skipSpace(data, at+1); data[at] == '}' || data[at] == ']' { // it is empty
			return at + 1, nil
		}
		if isObject {
			end := endOfText(data, at)
			key := plainKey(data[at:end])
			if len(seen) == maxKeys {
				return 0, errTooMany
			}
			for _, other := range seen {
				if bytes.EqualFold(key, other) {
					return 0, errTwice
				}
			}
			seen = append(seen, key)
			at = skipSpace(data, end) + 1 // the colon
		}
		if at, err = checkValue(data, at, depth); err != nil {
			return 0, err
		}
		if at = skipSpace(data, at); data[at] != ',' {
			return at + 1, nil
		}
	}
}

func isEnd(c byte) bool {
	return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\r' || c == '\n'
}

func skipSpace(data []byte, at int) int {
	for data[at] == ' ' || data[at] == '\t' || data[at] == '\r' || data[at] == '\n' {
		at++
	}
	return at
}

// endOfText returns where the text that begins at a quote ends, behind its other quote.
func endOfText(data []byte, at int) int {
	for at++; data[at] != '"'; at++ {
		if data[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// plainKey is a key without its quotes and escapes.
func plainKey(quoted []byte) []byte {
	if !bytes.ContainsRune(quoted, '\\') {
		return quoted[1 : len(quoted)-1]
	}
	var key string
	_ = json.Unmarshal(quoted, &key) // it is valid
	return []byte(key)
}
