// Package proof breaks the real binary in every way that can be thought of, and looks at what is left.
package proof
