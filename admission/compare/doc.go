// Package compare measures gatekeeper beside what one would use instead, in one run and by turns, and judges the
// ratios: absolute times mean nothing on a machine that has other things to do. It has tests only; `make bench` runs it.
package compare
